"""Keys to the API: made, rotated and revoked here, and shown once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminRadioSelectWidget

from catalog.admin_decorators import action, display
from catalog.admin_pages import Page
from users.exceptions import KeyEndedError
from users.keys import create_key, revoke_key, rotate_key
from users.models import ApiKey, Scope

GRACES = (
    (0, _("It ends at once")),
    (1, _("1 hour")),
    (24, _("1 day")),
    (7 * 24, _("7 days")),
    (30 * 24, _("30 days")),
)
SOON = timedelta(days=30)
LIST = "admin:users_apikey_changelist"


class ApiKeyForm(forms.ModelForm[ApiKey]):
    """Scopes as check boxes: the array of the database has its choices inside."""

    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        initial=[Scope.RECOMMEND, Scope.EVENTS],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("What the holder of the key may do in this catalog."),
    )


class RotateForm(forms.Form):
    """How long the old key goes on."""

    grace = forms.TypedChoiceField(
        choices=GRACES,
        coerce=int,
        initial=24,
        label=_("How long the old key still works"),
        help_text=_("Time to bring the new key to every server that calls with the old one."),
        widget=UnfoldAdminRadioSelectWidget,
    )


@admin.register(ApiKey)
class ApiKeyAdmin(Page):
    """A key is shown once, when it is made. Rotate it to give it a new secret, revoke it to lock its holder out."""

    form = ApiKeyForm
    list_display = ("named", "catalog", "may_do", "state", "expires_at", "last_used_at", "created_at")
    list_filter = ("catalog",)
    list_select_related = ("catalog",)
    search_fields = ("name", "prefix")
    actions = ("revoke_chosen",)
    actions_detail = ("rotate", "revoke")
    readonly_fields = ("state_named",)
    fixed_once_added = ("catalog", "prefix", "last_used_at", "created_at", "revoked_at")
    fieldsets = (
        (None, {"fields": ("catalog", "name", "scopes", "expires_at")}),
        (_("The key"), {"fields": ("prefix", "state_named", "last_used_at", "created_at", "revoked_at")}),
    )
    add_fieldsets = fieldsets[:1]

    @display(description=_("Key"), header=True, ordering="prefix")
    def named(self, key: ApiKey) -> tuple[str, str]:
        """Name and the start of the key."""
        return key.name or gettext("(no name)"), f"{key.prefix}…"

    @display(description=_("May"))
    def may_do(self, key: ApiKey) -> str:
        """The scopes in one line."""
        return ", ".join(key.scopes)

    @display(
        description=_("State"),
        label={"works": "success", "ends soon": "warning", "expired": "info", "revoked": "danger"},
    )
    def state(self, key: ApiKey) -> tuple[str, str]:
        """Whether it opens anything."""
        if key.revoked_at:
            return "revoked", gettext("revoked")
        if not key.works:
            return "expired", gettext("expired")
        if key.expires_at and key.expires_at < timezone.now() + SOON:
            return "ends soon", gettext("ends soon")
        return "works", gettext("works")

    @display(description=_("State"))
    def state_named(self, key: ApiKey) -> str:
        """The same on its page, which knows no colours."""
        return self.state(key)[1]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new one has nothing to tell yet."""
        return self.fieldsets if obj else self.add_fieldsets

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was revoked stays as it is."""
        return super().has_change_permission(request, obj) and not getattr(obj, "revoked_at", None)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """A new key is made here and shown once; only its hash is stored."""
        if change:
            obj.save()
            return
        row, key = create_key(obj.catalog, obj.scopes, name=obj.name, expires_at=obj.expires_at)
        obj.__dict__.update(row.__dict__)
        show_once(request, row, key)

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """Back to the list, with nothing but the key to read."""
        return HttpResponseRedirect(reverse(LIST))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """None for a key that has ended."""
        key = self.get_object(request, str(object_id))
        return super().get_actions_detail(request, object_id) if key and key.works else []

    @action(description=_("Rotate"), url_path="rotate", icon="autorenew", permissions=["add", "change"])
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for how long the old secret shall work, then make the new one."""
        key = self._key(request, object_id)
        form = RotateForm(request.POST if request.method == "POST" else None)
        if not form.is_valid():
            return self._ask(request, key, gettext("Rotate “%(name)s” of %(catalog)s"), form=form)
        try:
            fresh, secret = rotate_key(key, timedelta(hours=form.cleaned_data["grace"]))
        except KeyEndedError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse(LIST))
        self.log_change(request, key, gettext("Rotated: %(key)s takes its place.") % {"key": f"{fresh.prefix}…"})
        self.log_addition(request, fresh, gettext("In the place of %(key)s.") % {"key": f"{key.prefix}…"})
        show_once(request, fresh, secret)
        return HttpResponseRedirect(reverse(LIST))

    @action(
        description=_("Revoke"),
        url_path="revoke",
        icon="block",
        permissions=["change"],
        variant=ActionVariant.DANGER,
    )
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End the key, once it is confirmed."""
        key = self._key(request, object_id)
        if request.method != "POST":
            return self._ask(request, key, gettext("Revoke “%(name)s” of %(catalog)s"))
        self._revoke(request, [key])
        return HttpResponseRedirect(reverse(LIST))

    @admin.action(description=_("Revoke"), permissions=["change"])
    def revoke_chosen(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """The ticked ones."""
        self._revoke(request, [key for key in queryset if not key.revoked_at])

    def _revoke(self, request: HttpRequest, keys: list[ApiKey]) -> None:
        for key in keys:
            revoke_key(key)
            self.log_change(request, key, gettext("Revoked."))
        text = ngettext(
            "%(count)s key is revoked: nobody can use it any more, within ten seconds everywhere.",
            "%(count)s keys are revoked: nobody can use them any more, within ten seconds everywhere.",
            len(keys),
        )
        messages.success(request, text % {"count": len(keys)})

    def _key(self, request: HttpRequest, object_id: str) -> ApiKey:
        key = self.get_object(request, object_id)
        if not isinstance(key, ApiKey) or not self.has_change_permission(request, key):
            raise PermissionDenied
        return key

    def _ask(self, request: HttpRequest, key: ApiKey, title: str, form: RotateForm | None = None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title % {"name": key.name or key.prefix, "catalog": key.catalog},
            "opts": self.opts,
            "media": self.media,
            "key": key,
            "form": form,
            "back": reverse("admin:users_apikey_change", args=(key.pk,)),
        }
        return TemplateResponse(request, "users/admin/key.html", context)


def show_once(request: HttpRequest, row: ApiKey, key: str) -> None:
    """On the next page, and never again."""
    text = gettext("The key of {catalog}: {key} Copy it now. It is not stored and cannot be shown again.")
    shown = format_html('<span class="break-all"><code>{}</code></span>', key)
    messages.warning(request, format_html(text, catalog=row.catalog, key=shown))
