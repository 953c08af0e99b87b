"""The people who are served, kinds of event, events; staff and keys have files of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.paginator import InfinitePaginator

from catalog.admin_decorators import display
from catalog.admin_pages import Page, ReadOnlyPage, ServiceDeletedPage
from catalog.models import Catalog, Item
from users import admin_keys, admin_staff
from users.models import Event, EventKind, Profile, Sign
from users.services import delete_profiles

__all__ = ["EventAdmin", "EventKindAdmin", "ProfileAdmin", "admin_keys", "admin_staff"]


@admin.register(Profile)
class ProfileAdmin(ServiceDeletedPage):
    """The people who are served."""

    list_display = ("external_id", "catalog", "interests", "language", "learn", "personalise", "is_test", "updated_at")
    list_filter = ("catalog", "learn", "personalise", "is_test")
    list_select_related = ("catalog",)
    search_fields = ("=external_id", "interests")
    search_help_text = _("The whole id, or a word of what they said of themselves.")
    ordering = ("-id",)
    fixed_once_added = ("catalog", "external_id")
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("catalog", "external_id", "interests", "language", "attributes", "muted_categories")}),
        (_("Consent"), {"fields": ("learn", "personalise", "is_test")}),
        (_("When"), {"fields": ("created_at", "updated_at")}),
    )

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Erased with events, vectors and recorded answers."""
        delete_profiles(obj.catalog_id, [obj.external_id])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Profile]) -> None:
        """Those that were ticked, with all that was known of them."""
        for catalog_id in set(queryset.values_list("catalog_id", flat=True)):
            chosen = queryset.filter(catalog_id=catalog_id)
            delete_profiles(catalog_id, list(chosen.values_list("external_id", flat=True)))


@admin.register(EventKind)
class EventKindAdmin(Page):
    """What each kind of event means in a catalog."""

    list_display = ("name", "catalog", "meaning", "weight", "consumes", "half_life_days", "values")
    list_filter = ("catalog", "sign", "consumes")
    list_select_related = ("catalog",)
    search_fields = ("name",)
    fixed_once_added = ("catalog", "name")
    fieldsets = (
        (None, {"fields": ("catalog", "name", "sign", "weight", "consumes", "half_life_days")}),
        (
            _("Where the value decides"),
            {
                "fields": ("positive_from", "negative_to"),
                "description": _(
                    "An event whose value reaches the first is positive, one at or under the second "
                    "negative, one between neutral. Leave both empty and the sign above counts, whatever the value."
                ),
            },
        ),
    )

    @display(
        description=_("Sign"),
        ordering="sign",
        label={Sign.POSITIVE: "success", Sign.NEGATIVE: "danger", Sign.NEUTRAL: "info"},
    )
    def meaning(self, kind: EventKind) -> tuple[str, str]:
        """The sign in its colour."""
        return kind.sign, gettext(kind.sign)

    @display(description=_("By value"), empty_value="—")
    def values(self, kind: EventKind) -> str | None:
        """The thresholds, where there are any."""
        parts = [
            gettext("positive from %(value)s") % {"value": f"{kind.positive_from:g}"}
            if kind.positive_from is not None
            else "",
            gettext("negative to %(value)s") % {"value": f"{kind.negative_to:g}"}
            if kind.negative_to is not None
            else "",
        ]
        return ", ".join(filter(None, parts)) or None


@admin.register(Event)
class EventAdmin(ReadOnlyPage):
    """What people did, newest first. Millions of rows: nothing here counts or sorts them all."""

    list_display = ("id", "person", "kind", "item", "value", "occurred_at", "catalog", "received_at")
    list_filter = ("catalog",)
    list_select_related = ("catalog", "profile", "kind", "item")
    search_fields = ("profile__external_id",)  # `get_search_results` says what is searched
    search_help_text = _("The whole id of a profile, an item or a session.")
    ordering = ("-id",)
    sortable_by = ()
    paginator = InfinitePaginator

    @display(description=_("Who"))
    def person(self, event: Event) -> str:
        """The profile, or the session of somebody unknown."""
        return str(event.profile) if event.profile else gettext("session %(id)s") % {"id": event.session_id}

    def get_ordering(self, request: HttpRequest) -> Any:
        """By arrival; for whoever sees one catalog only by the index of its newest, past millions of the others'."""
        one = len(self.reach(request, "view").catalog_ids) == 1
        return (F("occurred_at").desc(nulls_last=True),) if one else self.ordering

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        """By whole ids, so that indexes answer."""
        if not (term := search_term.strip()):
            return queryset, False
        profiles = list(Profile.objects.filter(external_id=term).values_list("id", flat=True))
        items = list(Item.objects.filter(external_id=term).values_list("id", flat=True))
        if profiles or items:
            return queryset.filter(Q(profile_id__in=profiles) | Q(item_id__in=items)), False
        return queryset.filter(catalog__in=list(Catalog.objects.all()), session_id=term).exclude(session_id=""), False
