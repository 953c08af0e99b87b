"""Who signs in to the admin, and what they are in which catalog."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from catalog.admin_decorators import display
from catalog.admin_pages import Page
from users.models import Membership, User
from users.roles import DUTIES, Role

admin.site.unregister(Group)  # groups know no catalogs; what somebody may do is their role in each


class StaffCreationForm(UserCreationForm):
    """A new member of the staff: name and password. Their roles come in the second step."""

    class Meta(UserCreationForm.Meta):
        model = User

    def save(self, commit: bool = True) -> Any:
        """Whoever is made here signs in here."""
        self.instance.is_staff = True
        return super().save(commit=commit)


class StaffChangeForm(UserChangeForm):
    """A member of the staff."""

    class Meta(UserChangeForm.Meta):
        model = User


class MembershipInline(TabularInline):
    """The catalogs of one member of the staff. For superusers, as users are."""

    model = Membership
    extra = 1
    hide_title = True
    fields = ("catalog", "role")


@admin.register(User)
class UserAdmin(DjangoUserAdmin, Page):  # type: ignore[type-arg, misc]  # generic for the type checker only
    """Who signs in to the admin. Superusers do everything everywhere; others what their roles allow."""

    catalog_path = ""
    form = StaffChangeForm
    add_form = StaffCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = (MembershipInline,)
    list_display = ("username", "email", "first_name", "last_name", "works_on", "is_active", "is_superuser")
    list_filter = ("is_active", "is_staff", "is_superuser", "memberships__role")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Personal info"), {"fields": ("first_name", "last_name", "email")}),
        (
            _("Access"),
            {
                "fields": ("is_active", "is_staff", "is_superuser"),
                "description": _("A superuser may do everything in every catalog and needs no role below."),
            },
        ),
        (_("Important dates"), {"fields": ("last_login", "date_joined")}),
    )

    @display(description=_("Catalogs"), empty_value="—")
    def works_on(self, user: User) -> str | None:
        """Each with the role."""
        return ", ".join(f"{one.catalog}: {one.get_role_display()}" for one in user.memberships.all()) or None

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the catalogs, in one more query."""
        return super().get_queryset(request).prefetch_related("memberships__catalog")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Roles come in the second step."""
        return self.inlines if obj else ()


class MembershipForm(forms.ModelForm[Membership]):
    """Who, by the name they sign in with: an owner sees no list of all the staff."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("The whole name with which they sign in. A superuser makes the users."),
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[(role.value, f"{role.label}: {DUTIES[role]}") for role in Role],
        initial=Role.EDITOR,
        widget=UnfoldAdminRadioSelectWidget,
    )

    def clean_username(self) -> str:
        """Somebody who can sign in."""
        name: str = self.cleaned_data["username"].strip()
        user = User.objects.filter(username=name, is_staff=True, is_active=True).first()
        if user is None:
            text = gettext(
                "Nobody on the staff is called “%(name)s”: write the whole name, or ask a superuser to add them."
            )
            raise forms.ValidationError(text % {"name": name})
        self.instance.user = user
        return name

    def clean(self) -> dict[str, Any]:
        """One role in each catalog."""
        values = super().clean() or self.cleaned_data
        catalog, user = values.get("catalog"), getattr(self.instance, "user", None)
        if not self.instance.pk and catalog and user and Membership.objects.filter(catalog=catalog, user=user).exists():
            text = gettext("“%(user)s” has a role in “%(catalog)s” already: change that one.")
            self.add_error("username", text % {"user": user, "catalog": catalog})
        return values


@admin.register(Membership)
class MembershipAdmin(Page):
    """Who works on a catalog, as what."""

    form = MembershipForm
    list_display = ("named", "role_named", "catalog", "last_signed_in", "created_at")
    list_filter = ("catalog", "role")
    list_select_related = ("user", "catalog")
    search_fields = ("user__username", "user__first_name", "user__last_name")
    ordering = ("user__username", "catalog")
    fixed_once_added = ("catalog", "user", "created_at")
    fieldsets = ((None, {"fields": ("catalog", "user", "role", "created_at")}),)
    add_fieldsets = ((None, {"fields": ("catalog", "username", "role")}),)

    @display(description=_("Who"), header=True, ordering="user__username")
    def named(self, membership: Membership) -> tuple[str, str]:
        """Full name and user name."""
        return membership.user.get_full_name() or membership.user.username, membership.user.username

    @display(
        description=_("Role"),
        ordering="role",
        label={Role.OWNER: "primary", Role.OPERATOR: "warning", Role.EDITOR: "success", Role.ANALYST: "info"},
    )
    def role_named(self, membership: Membership) -> tuple[str, str]:
        """The role in its colour."""
        return membership.role, membership.get_role_display()

    @display(description=_("Last signed in"), ordering="user__last_login", empty_value="—")
    def last_signed_in(self, membership: Membership) -> Any:
        """By any catalog."""
        return membership.user.last_login

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who it is can only be said once."""
        return self.fieldsets if obj else self.add_fieldsets

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """The name is typed where one is added."""
        form = super().get_form(request, obj, change=change, **options)
        if obj:
            form.base_fields.pop("username", None)
        return form
