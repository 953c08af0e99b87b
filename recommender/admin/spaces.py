"""Vector spaces and the figures over a catalog: how far they are."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from catalog.admin_decorators import display
from catalog.admin_pages import ReadOnlyPage
from catalog.reach import reach
from recommender.admin.space_page import COLOURS, WORDS, encoders, page, progress
from recommender.models import Configuration, Space, Statistics
from recommender.services.encoder_switch import reasons_against, switch_encoder
from users.models import User


def may_change_pipelines(request: HttpRequest, space: Space) -> bool:
    """Whoever edits the catalog's pipelines may switch its encoder."""
    return space.catalog_id in reach(request.user, "recommender.change_pipeline")


@admin.register(Space)
class SpaceAdmin(ReadOnlyPage):
    """Spaces are built by the worker; here one sees how far, how much is stale, and switches to another encoder."""

    change_form_template = "recommender/admin/space.html"
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
    fieldsets = ()

    @display(description=_("Status"), ordering="status", label=COLOURS)
    def state(self, space: Space) -> tuple[str, str]:
        """The status in its colour."""
        return space.status, WORDS[space.status]

    @display(description=_("Progress"), ordering="encoded")
    def progress(self, space: Space) -> str:
        """Items encoded of all, as a bar."""
        return progress(space)

    @display(description=_("Problem"), empty_value="—")
    def problem(self, space: Space) -> str | None:
        """The start of the error, when there is one."""
        return space.error[:80] or None

    def get_urls(self) -> list[URLPattern]:
        """With the switch."""
        view = self.admin_site.admin_view(self.switch_view)
        return [path("<int:pk>/switch/", view, name="recommender_space_switch"), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        """With the panels."""
        space = options["obj"]
        context |= {
            "page": page(space),
            "may_switch": may_change_pipelines(request, space),
            "switch_url": reverse("admin:recommender_space_switch", args=(space.pk,)),
        }
        return super().render_change_form(request, context, *arguments, **options)

    def switch_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put another encoder in the place of this space's in all drafts. POST only."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        space = self.get_object(request, str(pk))
        if space is None or not may_change_pipelines(request, space):
            raise PermissionDenied
        chosen = request.POST.get("encoder", "")
        new = encoders(space.configuration).filter(pk=chosen).first() if chosen.isdigit() else None
        if new is None:
            messages.error(request, _("Choose an encoder of this catalog."))
        elif reasons := reasons_against(space.configuration, new):
            messages.error(request, _("Nothing was changed:") + " " + " ".join(reasons))
        else:
            self._switch(request, space, new)
        return HttpResponseRedirect(reverse("admin:recommender_space_change", args=(pk,)))

    def _switch(self, request: HttpRequest, space: Space, new: Configuration) -> None:
        user = request.user
        changed = switch_encoder(space.configuration, new, user if isinstance(user, User) else None)
        for one in changed:
            self.log_change(request, one, _("Encoder: “%(new)s”.") % {"new": new})
            text = _("The draft of “%(pipeline)s” has “%(encoder)s” now: open it and publish it to build the space.")
            messages.success(request, text % {"pipeline": one, "encoder": new})
        if not changed:
            messages.info(request, _("No draft has this encoder: nothing was changed."))

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
        (_("Refreshed"), {"fields": ("refreshed_at", "version", "last_event_id")}),
    )

    @display(description=_("Terms in the items' texts"))
    def known_terms(self, statistics: Statistics) -> str:
        """Number of different terms: four bytes of id and four of count each."""
        return f"{len(statistics.document_frequencies) // 8:,}"
