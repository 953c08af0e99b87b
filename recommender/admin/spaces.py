"""Vector spaces and the figures over a catalog: how far they are."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from unfold.decorators import display

from catalog.admin_pages import ReadOnlyPage
from recommender.models import Space, Statistics
from recommender.models.vectors import Space as SpaceModel


@admin.register(Space)
class SpaceAdmin(ReadOnlyPage):
    """Spaces are built by the worker; here one sees how far."""

    list_display = (
        "id",
        "configuration",
        "catalog",
        "state",
        "progress",
        "dimension",
        "problem",
        "created_at",
        "live_at",
    )
    list_filter = ("catalog", "status")
    list_select_related = ("catalog", "configuration")
    fieldsets = (
        (None, {"fields": ("catalog", "configuration", "plugin", "settings", "dimension")}),
        ("How far it is", {"fields": ("state", "progress", "error", "created_at", "live_at", "fitted_at")}),
    )

    @display(
        description="Status",
        ordering="status",
        label={
            SpaceModel.Status.BUILDING: "warning",
            SpaceModel.Status.LIVE: "success",
            SpaceModel.Status.RETIRED: "info",
        },
    )
    def state(self, space: Space) -> str:
        """The status in its colour."""
        return space.status

    @display(description="Progress", ordering="encoded")
    def progress(self, space: Space) -> str:
        """Items encoded of all, as a bar."""
        share = round(100 * space.encoded / space.total) if space.total else 0
        return render_to_string(
            "unfold/components/progress.html",
            {"title": f"{space.encoded:,} of {space.total:,} items", "description": f"{share} %", "value": share},
        )

    @display(description="Problem", empty_value="—")
    def problem(self, space: Space) -> str | None:
        """The start of the error, when there is one."""
        return space.error[:80] or None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Space]:
        """Without the matrices."""
        queryset: QuerySet[Space] = super().get_queryset(request)
        return queryset.defer("whitening")


@admin.register(Statistics)
class StatisticsAdmin(ReadOnlyPage):
    """What is counted from the events of a catalog."""

    list_display = ("catalog", "items", "items_with_events", "events", "newest_event_at", "refreshed_at", "version")
    list_select_related = ("catalog",)
    fieldsets = (
        (None, {"fields": ("catalog", "items", "items_with_events", "events", "newest_event_at", "known_terms")}),
        ("Refreshed", {"fields": ("refreshed_at", "version", "last_event_id")}),
    )

    @display(description="Terms in the items' texts")
    def known_terms(self, statistics: Statistics) -> str:
        """Number of different terms: four bytes of id and four of count each."""
        return f"{len(statistics.document_frequencies) // 8:,}"
