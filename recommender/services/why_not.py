"""“Why not this item?”: which stage dropped it, or where it stands, and what would have to change for it to appear."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
from django.utils.translation import gettext as _

from catalog.models import Item
from recommender.exceptions import ItemNotFoundError
from recommender.plugins.types import Slate
from recommender.schemas import Explanation, RecommendRequest
from recommender.selectors.source import source
from recommender.services.answers import Answer, Prepared, answered, prepared
from recommender.services.why_not_changes import changes
from recommender.services.why_not_stages import Found, retrieval
from recommender.serving import explain
from recommender.serving.assembly import Assembly
from recommender.serving.placements import Placed
from recommender.serving.refusals import Asked, Check, checks
from recommender.serving.standing import place_of, standing
from recommender.serving.trace import Trace
from recommender.why_not_schemas import SourceGap, WhyNot, WhyNotStage


def why_not(
    catalog_id: int,
    request: RecommendRequest,
    item_id: str,
    plan: Assembly | None = None,
    place: Placed | None = None,
) -> WhyNot:
    """Answer for one item of a request's list, which is made as `recommendations/` makes it, but not recorded.

    Raises ItemNotFoundError for an item that the catalog does not have, and whatever an answer raises. `plan` and
    `place` are those of `make_answer`, for drafts.
    """
    item = Item.objects.filter(catalog=catalog_id, external_id=item_id).first()
    if item is None:
        raise ItemNotFoundError(f"There is no item {item_id!r} in this catalog: send the id as it was imported.")
    return _told(_found(prepared(catalog_id, request, plan, place), request, item), request)


def _found(ready: Prepared, request: RecommendRequest, item: Item) -> Found:
    answer = answered(ready)
    left_out = answer.trace.left_out
    rules = tuple(rule for rule in ready.run.assembly.rules if f"rule {rule.slug}" not in left_out)
    refusals = checks(Asked(item, request, ready.state, ready.place, ready.resolved, rules, answer.query))
    if all(one.passed for one in refusals) and not _is_eligible(answer, item):
        refusals.append(Check("eligible", False, _("It is not eligible for this request.")))
    run = replace(ready.run, assembly=replace(ready.run.assembly, rules=rules), trace=Trace(budget_ms=inf))
    candidates = answer.slate.candidates
    if item.pk not in candidates.item_ids:
        candidates = run.scored(ready.sight, answer.query, np.array([item.pk], dtype=np.int64))
    return Found(
        item,
        answer,
        refusals,
        retrieval(answer, item, eligible=all(one.passed for one in refusals)),
        rules,
        tuple(space.info for space in ready.sight.reads.texts),
        standing(run, ready.sight.profile, answer.query, candidates, item.pk),
        place_of(answer.slate.item_ids, item.pk),
        ready.place.slug if request.minimum_relevance is None else "",
    )


def _is_eligible(answer: Answer, item: Item) -> bool:
    """By the whole predicate at once, should it ever hold a part that is not asked by itself."""
    ids = np.array([item.pk], dtype=np.int64)
    return len(source().eligible(answer.query, ids, np.zeros(1, dtype=np.float32), 1)) > 0


def _told(found: Found, request: RecommendRequest) -> WhyNot:
    stages = found.stages()
    slate, place = _standing_in(found)
    explained = _explained(found, request, slate, place)
    last = found.answer.slate
    gaps = _gaps(slate, place, last)
    return WhyNot(
        item_id=found.item.external_id,
        title=found.item.title,
        shown=found.place is not None,
        dropped_by=_dropped_by(found, stages),
        told=_sentence(found, stages, gaps),
        stages=[WhyNotStage(stage=one.stage, passed=one.passed, told=one.told) for one in stages],
        hypothetical=found.is_hypothetical,
        rank=place + 1,
        ranked=len(found.standing.slate),
        limit=found.answer.query.limit,
        score=float(slate.scores[place]),
        needed=float(last.scores[-1]) if len(last) else None,
        sources=gaps,
        explanation=explained,
        changes=changes(found, has_words=bool(explained.words)),
        left_out=found.answer.trace.left_out,
    )


def _standing_in(found: Found) -> tuple[Slate, int]:
    """The ranking in which the item is told, and its place there: the list itself where it is in it."""
    if found.place is not None:
        return found.answer.slate, found.place
    return found.standing.slate, found.standing.place


def _explained(found: Found, request: RecommendRequest, slate: Slate, place: int) -> Explanation:
    profile = found.answer.profile
    evidence = explain.gather(profile, found.answer.query, slate.take([place]))
    return explain.explanation(evidence, 0, explain.language_of(profile.text, request.language))


def _dropped_by(found: Found, stages: list[Check]) -> str:
    if found.place is not None:
        return ""
    return next((one.stage for one in stages if not one.passed), "limit")


def _sentence(found: Found, stages: list[Check], gaps: list[SourceGap]) -> str:
    """The whole answer in short."""
    if found.place is not None:
        return _("It is in the list, at place %(place)d.") % {"place": found.place + 1}
    first = next((one.told for one in stages if not one.passed), "")
    if not found.is_hypothetical:
        return f"{first} {_lack(gaps)}".strip()
    words = {"first": first, "place": found.standing.place + 1, "ranked": len(found.standing.slate)}
    return _("%(first)s Otherwise it would stand at place %(place)d of %(ranked)d.") % words


def _lack(gaps: list[SourceGap]) -> str:
    """The source by which it falls behind most."""
    if not gaps or gaps[0].share >= gaps[0].last_share:
        return ""
    words = {"source": gaps[0].source, "share": gaps[0].share, "last": gaps[0].last_share}
    return _("What it lacks most is %(source)s: %(share).3f, where the last place has %(last).3f.") % words


def _gaps(slate: Slate, place: int, last: Slate) -> list[SourceGap]:
    """Each source's share in the item's score and in that of the last place shown, what it lacks most first."""
    names = dict.fromkeys([*slate.contributions, *(last.contributions if len(last) else ())])
    gaps = [
        SourceGap(
            source=name,
            share=_share(slate, name, place),
            last_share=_share(last, name, len(last) - 1) if len(last) else 0.0,
        )
        for name in names
    ]
    return sorted(gaps, key=lambda gap: gap.share - gap.last_share)


def _share(slate: Slate, source: str, place: int) -> float:
    return float(slate.contributions[source][place]) if source in slate.contributions else 0.0
