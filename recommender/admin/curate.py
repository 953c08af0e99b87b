"""Curate: a placement's list by its draft, and one click that pins, boosts, buries or blocks an item of it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from catalog.models import Item
from recommender.admin.curate_page import page
from recommender.admin.drafts import DraftPage, author
from recommender.models import Placement
from recommender.services.curation import LAST_PLACE, Curation, curate, curation

ACTIONS: dict[str, Callable[[Curation, str], Curation]] = {
    "unpin": Curation.unpin,
    "boost": Curation.boost,
    "bury": Curation.bury,
    "level": Curation.level,
    "block": Curation.block,
    "unblock": Curation.unblock,
}
ASKED = ("text", "profile")
"""What the list is for; it stays in the address from click to click."""


class CuratedPage(DraftPage):
    """A page of placements with “Curate”."""

    def get_urls(self) -> list[URLPattern]:
        """With the list of one placement."""
        view = self.admin_site.admin_view(self.curate_view)
        return [path("<int:pk>/curate/", view, name="recommender_placement_curate"), *super().get_urls()]

    def curate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The list; with POST one thing is done to one item, in the draft."""
        placement = self.get_object(request, str(pk))
        if placement is None:
            return HttpResponseRedirect(reverse("admin:recommender_placement_changelist"))
        asked = {name: value for name in ASKED if (value := request.GET.get(name, "").strip())}
        here = f"{request.path}?{urlencode(asked)}" if asked else request.path
        problem = ""
        if request.method == "POST":
            if not self.may(request, "change", placement):
                raise PermissionDenied
            problem = self._done(request, placement)
            if not problem:
                return HttpResponseRedirect(here)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Curate %(placement)s") % {"placement": placement},
            "original": placement,
            "placement": placement,
            "asked": asked,
            "here": here,
            "problem": problem,
            "may": self.may(request, "change", placement),
            "draft": self.draft(request, placement),
            "page": page(placement, asked),
        }
        return TemplateResponse(request, "recommender/admin/curate.html", context, status=400 if problem else 200)

    def _done(self, request: HttpRequest, placement: Placement) -> str:
        """Do what the button says; why not, where it cannot be done."""
        named = request.POST.get("item", "").strip()
        item = find_item(placement, named)
        if item is None:
            return _("There is no item “%(named)s”: write its id or its whole title.") % {"named": named}
        action, _colon, place = request.POST.get("do", "").partition(":")
        place = place or request.POST.get("place", "")
        now = curation(placement)
        if action in ACTIONS:
            wanted = ACTIONS[action](now, item)
        elif action == "pin" and place.isdecimal() and 1 <= int(place) <= LAST_PLACE:
            wanted = now.pin(item, int(place))
        else:
            return _("A place is a whole number from 1 to %(last)s.") % {"last": LAST_PLACE}
        curate(placement, wanted, author(request))
        return ""


def find_item(placement: Placement, named: str) -> str | None:
    """The id of the item of that id, else of that title in whatever case."""
    items = Item.objects.filter(catalog=placement.catalog_id)
    for found in (items.filter(external_id=named), items.filter(title__iexact=named)):
        if named and (item := found.values_list("external_id", flat=True).order_by("pk").first()) is not None:
            return item
    # What was blocked or pinned may be deleted since: it can be let go of all the same.
    return named if named in curation(placement).items else None
