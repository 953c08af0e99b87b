"""Request → who asks (`Person`) and under which conditions (`Query`); ids resolved, what is unknown noted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from recommender.plugins.types import History, Query
from recommender.schemas import RecommendRequest
from recommender.selectors import identities
from recommender.selectors.history import Past, fold, past
from recommender.selectors.kinds import kind_signs
from recommender.selectors.state import State
from recommender.serving.profiles import Person


@dataclass(frozen=True)
class Resolved:
    """A request in the platform's own terms. `missing` says in plain words what it named but could not be used."""

    person: Person
    query: Query
    missing: tuple[str, ...]


def resolve(now_state: State, request: RecommendRequest, *, shows_consumed: bool) -> Resolved:
    """Look up everything a request names."""
    catalog_id = now_state.catalog_id
    events = request.history_items()
    ids = identities.item_ids(catalog_id, [e.item_id for e in events] + request.exclude + (request.among or []))
    unknown = [f"item {event.item_id!r} of the history is unknown" for event in events if event.item_id not in ids]
    person, before, lacking = _person(catalog_id, request)
    visited = _visited(catalog_id, request, ids)
    disliked = np.union1d(visited.disliked, before.disliked)
    excluded = {ids[one] for one in request.exclude if one in ids}
    if not shows_consumed:
        excluded |= set(np.concatenate([visited.consumed, before.consumed, disliked]).tolist())
    query = Query(
        catalog_id=catalog_id,
        limit=request.limit,
        now=datetime.now(UTC),
        language=request.language or now_state.language,
        excluded=tuple(sorted(excluded)),
        among=None if request.among is None else tuple(ids[one] for one in request.among if one in ids),
        filter=request.filter.items(),
        figures_version=now_state.figures_version,
    )
    person = replace(person, history=_joined(visited.history, before.history), disliked=disliked)
    return Resolved(person, query, (*unknown, *lacking))


def _person(catalog_id: int, request: RecommendRequest) -> tuple[Person, Past, list[str]]:
    """Who asks, from the stored profile and the session; the request's sentence goes before the profile's interests."""
    known = identities.profile(catalog_id, request.profile_id) if request.profile_id is not None else None
    lacking = []
    if request.profile_id is not None and known is None:
        lacking.append(f"profile {request.profile_id!r} is unknown")
    if known is not None and not known.personalise:
        lacking.append(f"profile {request.profile_id!r} has not consented to personalisation")
        known = None
    text = request.text or (known.interests.strip() if known is not None else "")
    before = past(catalog_id, known.id if known is not None else None, request.session_id)
    person = Person(text, profile_id=known.id if known is not None else None, session_id=request.session_id)
    return person, before, lacking


def _visited(catalog_id: int, request: RecommendRequest, ids: dict[str, int]) -> Past:
    """The past that the request itself tells; it came oldest first."""
    events = [event for event in reversed(request.history_items()) if event.item_id in ids]
    if not events:
        return Past()
    signs = kind_signs(catalog_id)
    known = [(ids[event.item_id], *signs.get(event.kind, (1, 1.0, False)), event.kind) for event in events]
    history, disliked = fold([(item, sign, weight, kind) for item, sign, weight, _, kind in known])
    return Past(history, disliked, np.array([item for item, _, _, consumes, _ in known if consumes], dtype=np.int64))


def _joined(newer: History, older: History) -> History:
    """Two histories, the newer first; an item counts once."""
    fresh = ~np.isin(older.item_ids, newer.item_ids)
    kinds = tuple(kind for kind, keep in zip(older.kinds, fresh, strict=True) if keep)
    return History(
        np.concatenate([newer.item_ids, older.item_ids[fresh]]),
        np.concatenate([newer.weights, older.weights[fresh]]),
        newer.kinds + kinds,
    )
