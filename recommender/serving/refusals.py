"""What an item must fulfil to be shown at all, part by part, each asked by itself of the one predicate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from catalog.models import Item
from recommender.plugins.types import AttributeFilter, ItemFilter, Query, Target
from recommender.schemas import Filter, RecommendRequest
from recommender.selectors.single_item import consuming_kinds, fulfils
from recommender.selectors.state import State
from recommender.serving.assembly import Loaded
from recommender.serving.placements import Placed
from recommender.serving.requests import Resolved, resolve


@dataclass(frozen=True)
class Check:
    """One part: whether the item passes it, in plain words, and what would have to change if it does not."""

    stage: str
    passed: bool
    told: str
    change: str = ""


@dataclass(frozen=True)
class Asked:
    """A request about one item, resolved: `query` is the final one, without rules that were passed over."""

    item: Item
    request: RecommendRequest
    state: State
    place: Placed
    resolved: Resolved
    rules: Sequence[Loaded]
    query: Query

    @property
    def bare(self) -> Query:
        """A query that wants nothing in particular."""
        return Query(catalog_id=self.query.catalog_id, limit=1, now=self.query.now)

    def passes(self, query: Query) -> bool:
        """Whether the item would be eligible for it, were it available."""
        return fulfils(query, self.item.pk)


def checks(asked: Asked) -> list[Check]:
    """Every part that applies to this request, in order."""
    return [
        *_own(asked.item, asked.query.now),
        *_among(asked),
        *_exclude(asked),
        *_past(asked),
        *_muted(asked),
        *_filter(asked),
        *_rules(asked),
    ]


def _own(item: Item, now: datetime) -> Iterator[Check]:
    if item.available:
        yield Check("available", True, _("It is available."))
    else:
        yield Check("available", False, _("It is marked as unavailable."), _("Make the item available."))
    if item.expires_at is None:
        return
    when = f"{item.expires_at:%Y-%m-%d %H:%M} UTC"
    if item.expires_at > now:
        yield Check("expired", True, _("It has not expired: it does on %(when)s.") % {"when": when})
    else:
        told = _("It expired on %(when)s.") % {"when": when}
        yield Check("expired", False, told, _("Move the item's date of expiry, or empty it."))


def _among(asked: Asked) -> Iterator[Check]:
    if asked.resolved.query.among is None:
        return
    if asked.passes(replace(asked.bare, among=asked.resolved.query.among)):
        yield Check("among", True, _("The request ranks only some items, this one too."))
    else:
        told = _("The request ranks only the %(items)d items of “among”, and it is not one of them.")
        change = _("Add it to “among” of the request, or leave “among” out.")
        yield Check("among", False, told % {"items": len(asked.request.among or ())}, change)


def _exclude(asked: Asked) -> Iterator[Check]:
    if asked.item.external_id in asked.request.exclude:
        told, change = _("The request excludes it."), _("Take it out of “exclude” of the request.")
        yield Check("exclude", False, told, change)
    elif asked.request.exclude:
        yield Check("exclude", True, _("The request excludes other items, not this one."))


def _past(asked: Asked) -> Iterator[Check]:
    """What the person has used up or disliked; what the request excludes besides is left out of account."""
    person, resolved = asked.resolved.person, asked.resolved
    if asked.item.external_id in asked.request.exclude:
        request = asked.place.completed(asked.request).model_copy(update={"exclude": []})
        resolved = resolve(asked.state, request, shows_consumed=False)
    disliked = dict(zip(person.disliked.item_ids.tolist(), person.disliked.kinds, strict=True))
    if kind := disliked.get(asked.item.pk):
        told = _("The person does not want it: their newest opinion of it is the event “%(kind)s”.") % {"kind": kind}
        yield Check("past", False, told, _("A newer positive event of the person, such as “more”, takes it back."))
    elif asked.item.pk in resolved.query.excluded:
        yield _used_up(asked)
    elif person.profile_id is not None or person.session_id or len(person.history):
        yield Check("past", True, _("The person has neither used it up nor disliked it."))


def _used_up(asked: Asked) -> Check:
    person = asked.resolved.person
    kinds = consuming_kinds(asked.query.catalog_id, asked.item.pk, person.profile_id, person.session_id)
    kinds += [one.kind for one in asked.request.history_items() if one.item_id == asked.item.external_id]
    names = ", ".join(f"“{kind}”" for kind in dict.fromkeys(kinds))
    return Check(
        "past",
        False,
        _("The person has used it up: event %(kinds)s.") % {"kinds": names},
        _("Let events of the kind %(kinds)s use nothing up (Kinds of event), or delete the event.") % {"kinds": names},
    )


def _muted(asked: Asked) -> Iterator[Check]:
    if not (muted := asked.resolved.muted):
        return
    if asked.passes(replace(asked.bare, filter=ItemFilter(categories_none=muted))):
        yield Check("muted", True, _("The person muted other categories."))
        return
    categories = _listed([one for one in asked.item.categories if one in muted])
    told = _("The person muted the category %(categories)s.") % {"categories": categories}
    change = _("Take %(categories)s out of the person's muted categories, or ask for it by “categories_any”.")
    yield Check("muted", False, told, change % {"categories": categories})


def _filter(asked: Asked) -> Iterator[Check]:
    """Each part of the filter, be it the request's own or the placement's."""
    own = not asked.place.slug or asked.request.filter != Filter()
    origin = _("the request's filter") if own else _("the filter of placement “%s”") % asked.place.slug
    wanted = (asked.request.filter if own else asked.place.filter).items()
    for name, value, part in _parts(wanted):
        passed = asked.passes(replace(asked.bare, filter=part))
        words = {"part": name, "origin": origin, "wanted": _told(value), "has": _has(asked.item, name)}
        told = _("“%(part)s” in %(origin)s: %(wanted)s; the item has %(has)s.") % words
        change = _("Leave “%(part)s” out of %(origin)s, or choose it so that %(has)s passes.") % words
        yield Check(f"filter.{name}", passed, told, "" if passed else change)


def _parts(wanted: ItemFilter) -> Iterator[tuple[str, Any, ItemFilter]]:
    """(name, what is asked for, a filter of nothing else) for each part that is given."""
    for field in fields(ItemFilter):
        value = getattr(wanted, field.name)
        if value in ((), None):
            continue
        if field.name == "attributes":
            for one in value:
                yield f"attributes.{one.name}", one, ItemFilter(attributes=(one,))
        else:
            yield field.name, value, replace(ItemFilter(), **{field.name: value})


def _told(value: Any) -> str:
    """What is asked for, as one reads it."""
    if isinstance(value, AttributeFilter):
        if value.values:
            return _listed(value.values)
        return f"{'…' if value.minimum is None else value.minimum} – {'…' if value.maximum is None else value.maximum}"
    return _listed(value) if isinstance(value, tuple) else str(value)


def _has(item: Item, part: str) -> str:
    name = part.partition(".")[2]
    value = item.attributes.get(name) if name else getattr(item, _COLUMNS.get(part, part), None)
    if isinstance(value, list):
        return _listed(value) if value else _("none")
    return _("none") if value in (None, "") else str(value)


_COLUMNS = {
    "categories_any": "categories",
    "categories_all": "categories",
    "categories_none": "categories",
    "languages": "language",
    "price_minimum": "price",
    "price_maximum": "price",
    "published_after": "published_at",
}


def _rules(asked: Asked) -> Iterator[Check]:
    """What each rule that holds now allows to be shown, asked of each rule alone."""
    for rule in asked.rules:
        try:
            alone = replace(rule.plugin.restrict(asked.bare), pinned=())
        except Exception:  # noqa: S112  # the answer has gone on without it, and its trace says why
            continue
        if alone == asked.bare:
            continue
        if alone.included and not asked.query.included:
            alone = replace(alone, included=())  # nothing would be left: it was passed over
        passed = asked.passes(alone)
        told, change = (
            (_("Rule “%s” lets it through.") % rule.slug, "") if passed else _refused(asked, rule.slug, alone)
        )
        yield Check(f"restrict {rule.slug}", passed, told, change)


def _refused(asked: Asked, slug: str, alone: Query) -> tuple[str, str]:
    """Why a rule does not let the item through, and what would have to change."""
    matched = [part for target in _blocked(asked, alone) for part in _matched(asked, target)]
    words = {"rule": slug, "parts": "; ".join(dict.fromkeys(matched))}
    if matched:
        told = _("Rule “%(rule)s” blocks it: %(parts)s.") % words
        return told, _("Take out of rule “%(rule)s”: %(parts)s. Or end the rule.") % words
    if alone.included:
        told = _("Rule “%(rule)s” lets only chosen items through, and it is none of them.") % words
        return told, _("Add it to rule “%(rule)s”, by its id, a category or a tag. Or end the rule.") % words
    return _("Rule “%(rule)s” does not let it through.") % words, _("Change or end rule “%(rule)s”.") % words


def _blocked(asked: Asked, alone: Query) -> list[Target]:
    """What a rule refuses, however it says so: as targets, as excluded ids or as refused categories."""
    ids = (asked.item.external_id,) if asked.item.pk in alone.excluded else ()
    return [*alone.blocked, Target(items=ids, categories=alone.filter.categories_none)]


def _matched(asked: Asked, target: Target) -> Iterator[str]:
    """The parts of a target that the item is in."""
    if asked.item.external_id in target.items:
        yield _("the item itself")
    yield from (_("category “%s”") % one for one in target.categories if one in asked.item.categories)
    yield from (_("tag “%s”") % one for one in target.tags if one in asked.item.tags)
    conditions = target.attributes
    if conditions and not asked.passes(replace(asked.bare, blocked=(Target(attributes=conditions),))):
        names = _listed([one.name for one in conditions])
        yield _("the condition on %(names)s") % {"names": names}


def _listed(values: Sequence[Any]) -> str:
    return ", ".join(map(str, values[:10])) + (" …" if len(values) > 10 else "")
