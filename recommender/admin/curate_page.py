"""What the page “Curate” shows: the list by the draft as cards, and all that was done by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from pydantic import ValidationError

from catalog.admin_pictures import picture
from catalog.models import Item
from catalog.row_problems import problems_of
from recommender.exceptions import RecommenderError
from recommender.models import Configuration, Placement
from recommender.plugins.types import RuleHit
from recommender.schemas import RecommendRequest
from recommender.services.curation import Curation, curation
from recommender.services.previews import Preview, draft_placement, previewed

LIMIT = 20
PICTURE = 64
COLUMNS = ("id", "external_id", "title", "available", "image_url", "url")


@dataclass(frozen=True)
class Listed:
    """The preview, or why there is none."""

    preview: Preview | None = None
    problem: str = ""


def page(placement: Placement, asked: Mapping[str, str]) -> dict[str, Any]:
    """Everything that the template shows."""
    done = curation(placement)
    found = listed(placement, asked)
    shown = found.preview.ids if found.preview else []
    items = _items(placement, {*shown, *done.items})
    return {
        "problem": found.problem,
        "cards": _cards(placement, found.preview, items, done) if found.preview else [],
        "missing": found.preview.told.basis.missing if found.preview else [],
        "left_out": found.preview.told.left_out if found.preview else {},
        "done": _done(done, items, shown),
        "undo": _undo(placement),
    }


def listed(placement: Placement, asked: Mapping[str, str]) -> Listed:
    """The list by the placement's draft and its pipeline as published; recorded nowhere."""
    try:
        request = RecommendRequest(text=asked.get("text", ""), profile_id=asked.get("profile") or None, limit=LIMIT)
    except ValidationError as error:
        return Listed(problem=" ".join(str(one) for one in problems_of(error, RecommendRequest)))
    try:
        place = draft_placement(placement.catalog_id, placement.slug)
        return Listed(previewed(placement.catalog_id, request, place=place))
    except RecommenderError as error:
        return Listed(problem=str(error))


def _items(placement: Placement, external_ids: Iterable[str]) -> dict[str, Item]:
    found = Item.objects.filter(catalog=placement.catalog_id, external_id__in=list(external_ids)).only(*COLUMNS)
    return {one.external_id: one for one in found}


def _cards(placement: Placement, preview: Preview, items: Mapping[str, Item], done: Curation) -> list[dict[str, Any]]:
    titles = dict(Configuration.objects.filter(catalog=placement.catalog_id, kind="rule").values_list("slug", "title"))
    touched: dict[int, list[RuleHit]] = {}
    for hit in preview.answer.slate.hits:
        touched.setdefault(hit.item_id, []).append(hit)
    pinned = {item: place for place, item in done.pins.items()}
    cards = []
    for one in preview.items:
        item = items.get(one.item_id)
        hits = touched.get(item.pk, []) if item else []
        cards.append(
            {
                **_shown(one.item_id, item, one.title),
                "rank": one.rank,
                "score": f"{one.score:.3f}",
                "reason": one.reasons[0] if one.reasons else "",
                "badges": [f"{titles.get(hit.rule) or hit.rule}: {hit.effect}" for hit in hits],
                "place": pinned.get(one.item_id),
                "boosted": one.item_id in done.boosted,
                "buried": one.item_id in done.buried,
                "above": one.rank - 1,
                "below": one.rank + 1 if one.rank < len(preview.items) else 0,
            }
        )
    return cards


def _done(done: Curation, items: Mapping[str, Item], shown: Iterable[str]) -> list[dict[str, Any]]:
    """Each kind of thing with its items and the button that takes it back."""
    seen = set(shown)
    pins = [(item, _("place %(place)s") % {"place": place}) for place, item in sorted(done.pins.items())]
    groups: list[tuple[str, str, str, list[tuple[str, str]]]] = [
        (_("Pinned"), "unpin", _("Unpin"), pins),
        (_("Boosted"), "level", _("Leave as it was"), [(item, "") for item in done.boosted]),
        (_("Buried"), "level", _("Leave as it was"), [(item, "") for item in done.buried]),
        (_("Blocked"), "unblock", _("Unblock"), [(item, "") for item in done.blocked]),
    ]
    return [
        {
            "title": title,
            "do": do,
            "button": button,
            "items": [
                {
                    **_shown(item, items.get(item)),
                    "told": told,
                    "note": _note(items.get(item), item in seen, expected=do == "unpin"),
                }
                for item, told in entries
            ],
        }
        for title, do, button, entries in groups
        if entries
    ]


def _note(item: Item | None, seen: bool, *, expected: bool) -> str:
    """Why a pinned item is not in the list, as far as it can be told at a glance."""
    if item is None:
        return _("the catalog has no such item (any more)")
    if not item.available:
        return _("not available, and so not shown")
    return _("not in this list: it may not be shown here, or the person has it already") if expected > seen else ""


def _shown(external_id: str, item: Item | None, title: str = "") -> dict[str, Any]:
    return {
        "id": external_id,
        "title": item.title if item else title or external_id,
        "link": reverse("admin:catalog_item_change", args=(item.pk,)) if item else "",
        "picture": picture(item.image_url, item.url, PICTURE) if item else picture("", "", PICTURE),
    }


def _undo(placement: Placement) -> int | None:
    """The number of the change before the last one."""
    numbers = list(placement.revisions.order_by("-number").values_list("number", flat=True)[:2])
    return numbers[1] if len(numbers) > 1 else None
