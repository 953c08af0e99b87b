"""An item's way through a request, in words: eligibility, retrieval, fusion, relevance, rules, limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.models import Item
from recommender.plugins.types import SpaceInfo
from recommender.services.answers import Answer
from recommender.serving.assembly import Loaded
from recommender.serving.refusals import Check
from recommender.serving.relevance import relevance
from recommender.serving.standing import MINIMUM, Standing, Step, place_of


@dataclass(frozen=True)
class Found:
    """What was found out of an item and a request.

    `place` is the item's in the list, from 0; None: it is not in it. `minimum_of` is the placement whose minimum
    relevance holds, empty where it is the request's own.
    """

    item: Item
    answer: Answer
    refusals: list[Check]
    retrieved: Check
    rules: tuple[Loaded, ...]
    texts: tuple[SpaceInfo, ...]
    standing: Standing
    place: int | None
    minimum_of: str = ""

    @property
    def may_be_shown(self) -> bool:
        """Whether it is eligible for the request."""
        return all(one.passed for one in self.refusals)

    @property
    def is_hypothetical(self) -> bool:
        """Whether its rank is what it would be, had no stage before the limit dropped it."""
        return not (self.may_be_shown and self.retrieved.passed) or bool(self.standing.dropping)

    @property
    def relevance(self) -> float:
        """Which share of the catalog it suits better than."""
        stands = self.standing
        suits = relevance(stands.run.assembly.fusion, stands.profile, stands.candidates)
        return float(suits[int((stands.candidates.item_ids == self.item.pk).argmax())])

    def stages(self) -> list[Check]:
        """All of them, in the order of a request."""
        return [*self.refusals, self.retrieved, *_ranking(self), _limit(self)]


def retrieval(answer: Answer, item: Item, *, eligible: bool) -> Check:
    """Which sources found the item."""
    if not eligible:
        return Check("retrieval", False, _("No source was asked for it, since it may not be shown."))
    lists = answer.trace.shortlists
    found = {slug: place for slug, one in lists.items() if (place := place_of(one.item_ids, item.pk)) is not None}
    if found:
        named = ", ".join(_found_by(slug, place + 1, len(lists[slug])) for slug, place in found.items())
        return Check("retrieval", True, _("Found by %(sources)s.") % {"sources": named})
    if item.pk in answer.slate.candidates.item_ids:
        return Check("retrieval", True, _joined(answer, item))
    asked = ", ".join(f"{slug} ({len(one)})" for slug, one in lists.items())
    told = _("Found by none of the sources: %(sources)s, with the number of items that each found.")
    return Check("retrieval", False, told % {"sources": asked})


def _found_by(slug: str, place: int, found: int) -> str:
    return _("%(source)s (place %(place)d of %(found)d)") % {"source": slug, "place": place, "found": found}


def _joined(answer: Answer, item: Item) -> str:
    """Why it is a candidate though no source found it."""
    if item.pk in answer.query.pinned:
        return _("A rule asked for it.")
    if answer.query.among is not None and not answer.trace.shortlists:
        return _("The items of “among” are all ranked.")
    return _("It joined because the sources found few items.")


def _ranking(found: Found) -> Iterator[Check]:
    """From the fusion on, with the stages that dropped it where they stand in the request."""
    stands = found.standing
    dropping = {step.name: step for step in stands.dropping}
    kept = {step.name: step for step in stands.steps}
    names = ["fusion", MINIMUM, *(f"rule {rule.slug}" for rule in found.rules)]
    for name in dict.fromkeys(names):
        step = dropping.get(name) or kept[name]
        if name == "fusion":
            yield _fused(step)
        elif name == MINIMUM:
            yield from _relevant(found)
        else:
            yield _ruled(step, stands.query.limit)


def _fused(step: Step) -> Check:
    assert step.after is not None  # a fusion ranks every candidate
    words = {"place": step.after + 1, "ranked": len(step.slate), "score": float(step.slate.scores[step.after])}
    return Check("fusion", True, _("Place %(place)d of %(ranked)d, with a score of %(score).3f.") % words)


def _relevant(found: Found) -> Iterator[Check]:
    minimum = found.answer.query.minimum_relevance
    if not minimum:
        return
    suits = found.relevance
    told = _("It suits better than %(suits).1f %% of the catalog does; more than %(minimum).1f %% are asked for.")
    passed = all(step.name != MINIMUM for step in found.standing.dropping)
    yield Check(MINIMUM, passed, told % {"suits": 100 * suits, "minimum": 100 * minimum})


def _ruled(step: Step, limit: int) -> Check:
    """What a rule did to it; a rule that moved it out of the list has dropped it."""
    assert step.before is not None  # it is followed along a way on which nothing has dropped it before
    effects = "; ".join(dict.fromkeys(step.effects))
    if step.after is None:
        return Check(step.name, False, _("Taken out of the list: %s.") % (effects or _("the rule does not say why")))
    words = {"before": step.before + 1, "after": step.after + 1}
    moved = step.before != step.after
    told = (_("From place %(before)d to %(after)d") if moved else _("Stays at place %(after)d")) % words
    return Check(step.name, not step.before < limit <= step.after, f"{told}: {effects}." if effects else f"{told}.")


def _limit(found: Found) -> Check:
    limit = found.standing.query.limit
    place = found.standing.place if found.place is None else found.place
    words = {"place": place + 1, "limit": limit}
    if place < limit:
        return Check("limit", True, _("Place %(place)d is within the limit of %(limit)d.") % words)
    return Check("limit", False, _("Place %(place)d is beyond the limit of %(limit)d.") % words)
