"""Request → who asks (`Person`) and under which conditions (`Query`); ids resolved, what is unknown noted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from recommender.plugins.types import Query
from recommender.schemas import RecommendRequest
from recommender.selectors import identities
from recommender.selectors.history import Opinion, Past, joined, past, past_of
from recommender.selectors.identities import KnownProfile
from recommender.selectors.kinds import kind_signs
from recommender.selectors.state import State
from recommender.serving.profiles import Person


@dataclass(frozen=True)
class Resolved:
    """A request in the platform's own terms. `missing` says in plain words what it named but could not be used.

    `muted` are the categories that the person does not want and that the query's filter refuses for that reason.
    """

    person: Person
    query: Query
    missing: tuple[str, ...]
    muted: tuple[str, ...] = ()


def resolve(now_state: State, request: RecommendRequest, *, shows_consumed: bool) -> Resolved:
    """Look up everything a request names."""
    catalog_id = now_state.catalog_id
    events = request.history_items()
    ids = identities.item_ids(catalog_id, [e.item_id for e in events] + request.exclude + (request.among or []))
    unknown = [f"item {event.item_id!r} of the history is unknown" for event in events if event.item_id not in ids]
    known, lacking = _known(catalog_id, request)
    before = past(catalog_id, known.id if known is not None else None, request.session_id)
    visited = _visited(catalog_id, request, ids)
    disliked = joined(visited.disliked, before.disliked, visited.history.item_ids)
    muted = () if known is None or shows_consumed else _muted(known, request)
    wanted = request.filter.items()
    excluded = {ids[one] for one in request.exclude if one in ids}
    if not shows_consumed:
        excluded |= set(np.concatenate([visited.consumed, before.consumed, disliked.item_ids]).tolist())
    query = Query(
        catalog_id=catalog_id,
        limit=request.limit,
        now=datetime.now(UTC),
        language=request.language or now_state.language,
        excluded=tuple(sorted(excluded)),
        among=None if request.among is None else tuple(ids[one] for one in request.among if one in ids),
        filter=replace(wanted, categories_none=(*wanted.categories_none, *muted)),
        minimum_relevance=request.minimum_relevance or 0.0,
        figures_version=now_state.figures_version,
    )
    person = Person(
        text=request.text or (known.interests.strip() if known is not None else ""),
        history=joined(visited.history, before.history, visited.disliked.item_ids),
        disliked=disliked,
        profile_id=known.id if known is not None else None,
        session_id=request.session_id,
        attributes=known.attributes if known is not None else {},
        language=request.language or (known.language if known is not None else "") or now_state.language,
    )
    return Resolved(person, query, (*unknown, *lacking), muted)


def _known(catalog_id: int, request: RecommendRequest) -> tuple[KnownProfile | None, list[str]]:
    """The stored profile where there is one that may be used; else what was missing."""
    known = identities.profile(catalog_id, request.profile_id) if request.profile_id is not None else None
    lacking = []
    if request.profile_id is not None and known is None:
        lacking.append(f"profile {request.profile_id!r} is unknown")
    if known is not None and not known.personalise:
        lacking.append(f"profile {request.profile_id!r} has not consented to personalisation")
        known = None
    return known, lacking


def _muted(known: KnownProfile, request: RecommendRequest) -> tuple[str, ...]:
    """The person's muted categories but for those that this request itself asks for, as the page of one does."""
    wanted = {*request.filter.categories_any, *request.filter.categories_all}
    return tuple(category for category in known.muted_categories if category not in wanted)


def _visited(catalog_id: int, request: RecommendRequest, ids: dict[str, int]) -> Past:
    """The past that the request itself tells; it came oldest first."""
    events = [event for event in reversed(request.history_items()) if event.item_id in ids]
    if not events:
        return Past()
    signs = kind_signs(catalog_id)
    known = [(ids[event.item_id], *signs.get(event.kind, (1, 1.0, False)), event.kind) for event in events]
    opinions = [Opinion(item, sign, weight, kind) for item, sign, weight, _, kind in known]
    return past_of(opinions, [(item, sign) for item, sign, _, consumes, _ in known if consumes])
