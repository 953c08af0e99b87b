"""Saved cases: found again, tried again, and asked of a draft before it is published."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from catalog.admin_decorators import action, display
from catalog.admin_pages import Page
from recommender.admin.case_changes import case_changes
from recommender.admin.try_it import ADDRESS, try_it
from recommender.admin.try_it_form import query_of
from recommender.models import SavedCase
from recommender.services.cases import request_of

LINK = '<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>'


@admin.register(SavedCase)
class SavedCaseAdmin(Page):
    """The list of cases; they are made on the page “Try it”, which is one of its addresses."""

    list_display = ("name", "catalog", "asks", "who", "created_by", "created_at", "try_link")
    list_filter = ("catalog",)
    list_select_related = ("catalog", "profile", "created_by")
    search_fields = ("name",)
    actions_list: Any = ("to_try", "to_changes")
    fixed_once_added = ("catalog",)
    readonly_fields = ("asks", "who", "created_by", "created_at", "try_link")
    fieldsets = (
        (None, {"fields": ("catalog", "name")}),
        (gettext_lazy("What it asks"), {"fields": ("asks", "who", "try_link", "created_by", "created_at")}),
    )

    @display(description=gettext_lazy("Asks"))
    def asks(self, case: SavedCase) -> str:
        """The sentence, and what else of the request is not as usual."""
        rest = ", ".join(f"{name}: {value}" for name, value in case.request.items() if name not in ("text", "limit"))
        sentence = f"“{case.request['text']}”" if case.request.get("text") else ""
        return " · ".join(part for part in (sentence, rest) if part) or _("Nobody known")

    @display(description=gettext_lazy("For whom"), empty_value="—")
    def who(self, case: SavedCase) -> str | None:
        """The profile."""
        return case.profile.external_id if case.profile else None

    @display(description=gettext_lazy("Try it"))
    def try_link(self, case: SavedCase) -> str | SafeString:
        """To the page with the case filled in."""
        try:
            query = query_of(case.catalog, request_of(case))
        except ValidationError:
            return _("The API takes this request no more.")
        return format_html(LINK, f"{reverse(ADDRESS)}?{query}", _("Try it"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[SavedCase]:
        """With what its columns read."""
        queryset: QuerySet[SavedCase] = super().get_queryset(request)
        return queryset.select_related(*self.list_select_related)

    def get_urls(self) -> list[URLPattern]:
        """With “Try it”, and what a draft would change."""
        view = self.admin_site.admin_view
        own = [
            path("try/", view(self.try_view), name="recommender_savedcase_try"),
            path("changes/", view(self.changes_view), name="recommender_savedcase_changes"),
        ]
        return [*own, *super().get_urls()]

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """A request made by hand."""
        return try_it(self, request)

    def changes_view(self, request: HttpRequest) -> HttpResponse:
        """The cases by what is published and by a draft."""
        return case_changes(self, request)

    @action(description=gettext_lazy("Try a request"), permissions=["view"], url_path="to-try")
    def to_try(self, request: HttpRequest) -> HttpResponse:
        """To the page on which cases are saved."""
        return HttpResponseRedirect(reverse(ADDRESS))

    @action(description=gettext_lazy("What would a draft change?"), permissions=["view"], url_path="to-changes")
    def to_changes(self, request: HttpRequest) -> HttpResponse:
        """To the choice of a pipeline or placement."""
        return HttpResponseRedirect(reverse("admin:recommender_savedcase_changes"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not by a form: a case is saved where its list is seen."""
        return False
