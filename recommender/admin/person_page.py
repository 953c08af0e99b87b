"""What the page of a person shows: who it is, what they did, what they would be shown now and why, what is stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from pydantic import ValidationError

from catalog.admin_pictures import picture
from catalog.models import Item
from recommender.exceptions import RecommenderError
from recommender.plugins.exceptions import PluginError
from recommender.schemas import Explanation, ItemList, RecommendedItem, RecommendRequest
from recommender.selectors.person import COUNTED, Stored, stored, timeline
from recommender.services.answers import listed, make_answer
from users.models import Event, EventKind, Profile, Sign

ITEMS = 10
SOURCES = 5
COLOURS = {
    Sign.POSITIVE: "text-green-700 dark:text-green-400",
    Sign.NEGATIVE: "text-red-700 dark:text-red-400",
    Sign.NEUTRAL: "text-font-default-light dark:text-font-default-dark",
}


def page(profile: Profile, *, with_list: bool) -> dict[str, Any]:
    """Everything that the template shows; the list is made only when it was asked for."""
    return {
        "profile": profile,
        "facts": [
            (name, ", ".join(map(str, value)) if isinstance(value, list) else value)
            for name, value in profile.attributes.items()
        ],
        "timeline": [_event(event) for event in timeline(profile)],
        "stored": in_words(stored([profile.pk])[profile.pk]),
        "list": current_list(profile) if with_list else None,
    }


def number(count: int) -> str:
    """As it is told: nobody counts on for ever."""
    return _("more than %(count)s") % {"count": f"{COUNTED:,}"} if count > COUNTED else f"{count:,}"


def in_words(stored: Stored) -> list[str]:
    """Each kind of thing with its number; saved cases only where there are any."""
    events, answers, cases = stored
    words = [
        ngettext("%(count)s event", "%(count)s events", events) % {"count": number(events)},
        ngettext("%(count)s recorded answer", "%(count)s recorded answers", answers) % {"count": number(answers)},
    ]
    if cases:
        words.append(ngettext("%(count)s saved case", "%(count)s saved cases", cases) % {"count": number(cases)})
    return words


def _facts(profile: Profile) -> Iterable[tuple[str, Any]]:
    for name, value in profile.attributes.items():
        yield name, ", ".join(map(str, value)) if isinstance(value, list) else value


def current_list(profile: Profile) -> dict[str, Any]:
    """What the person would be shown now by the catalog's default, with reasons; nothing is recorded."""
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    try:
        request = RecommendRequest(profile_id=profile.external_id, limit=ITEMS, explain=True, language=language)
        told = listed(make_answer(profile.catalog_id, request), request)
    except (RecommenderError, PluginError, ValidationError) as error:
        return {"problem": str(error)}
    items = Item.objects.filter(catalog_id=profile.catalog_id, external_id__in=[one.item_id for one in told.items])
    by_id = {item.external_id: item for item in items.only("external_id", "image_url", "url")}
    return {
        "rests_on": _rests_on(told),
        "left_out": told.left_out,
        "items": [_shown(one, by_id[one.item_id]) for one in told.items if one.item_id in by_id],
    }


def _rests_on(told: ItemList) -> list[str]:
    basis = told.basis
    lines = [_("what they said of themselves")] if basis.sentence else []
    if basis.events:
        lines.append(_("%(count)s items that they chose") % {"count": basis.events})
    if basis.popular:
        lines.append(_("what is popular and new: nothing is known of them that may be used"))
    if basis.muted:
        lines.append(_("muted: %(categories)s") % {"categories": ", ".join(basis.muted)})
    return [*lines, *basis.missing]


def _shown(one: RecommendedItem, item: Item) -> dict[str, Any]:
    return {
        "title": one.title,
        "picture": picture(item.image_url, item.url),
        "link": reverse("admin:catalog_item_change", args=(item.pk,)),
        "reasons": one.reasons,
        "score": f"{one.score:.3f}",
        "sources": list(_sources(one.explanation)) if one.explanation else [],
        "rules": one.explanation.rules if one.explanation else [],
    }


def _sources(explanation: Explanation) -> Iterable[tuple[str, str]]:
    """The largest shares of the score, and what the others come to."""
    for source in explanation.sources[:SOURCES]:
        yield source.source, f"{source.share:+.3f}"
    if rest := explanation.sources[SOURCES:]:
        yield _("all others"), f"{sum(source.share for source in rest):+.3f}"


def _event(event: Event) -> dict[str, Any]:
    return {
        "at": date_format(at, "DATETIME_FORMAT") if (at := event.occurred_at) else _("at a time that is not known"),
        "kind": event.kind.name,
        "colour": COLOURS[sign_of(event.kind, event.value)],
        "value": None if event.value is None else f"{event.value:g}",
        "title": event.item.title,
        "link": reverse("admin:catalog_item_change", args=(event.item_id,)),
        "answer": event.recommendation_id
        and reverse("admin:recommender_recommendation_change", args=(event.recommendation_id,)),
        "position": event.position,
    }


def sign_of(kind: EventKind, value: float | None) -> Sign:
    """What an event of this kind and value says of the item."""
    if kind.positive_from is None and kind.negative_to is None:
        return Sign(kind.sign)
    if value is not None and kind.positive_from is not None and value >= kind.positive_from:
        return Sign.POSITIVE
    if value is not None and kind.negative_to is not None and value <= kind.negative_to:
        return Sign.NEGATIVE
    return Sign.NEUTRAL
