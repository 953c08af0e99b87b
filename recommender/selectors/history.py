"""What a person did, as an answer needs it: chosen items newest first, disliked ones, and what is used up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from recommender.plugins.types import History, Ids, no_ids
from recommender.selectors.sql import fetch

EVENTS_READ = 300
HISTORY_ITEMS = 50

# An event's sign: the thresholds of its kind where there are any, else the kind's own sign.
SIGN = """
    CASE WHEN k.positive_from IS NULL AND k.negative_to IS NULL
              THEN CASE k.sign WHEN 'positive' THEN 1 WHEN 'negative' THEN -1 ELSE 0 END
         WHEN e.value >= k.positive_from THEN 1
         WHEN e.value <= k.negative_to THEN -1
         ELSE 0 END
"""
NEWEST_FIRST = "e.occurred_at DESC NULLS LAST, e.sequence DESC, e.id DESC"


@dataclass(frozen=True)
class Past:
    """A person's past: the history, the negative opinions, and items that are used up."""

    history: History = field(default_factory=History)
    disliked: History = field(default_factory=History)
    consumed: Ids = field(default_factory=no_ids)


def past(catalog_id: int, profile_id: int | None, session_id: str) -> Past:
    """The past of a profile, of a session, or of both together."""
    someone = []
    if profile_id is not None:
        someone.append("SELECT * FROM users_event WHERE profile_id = %(profile)s")
    if session_id:
        someone.append("SELECT * FROM users_event WHERE catalog_id = %(catalog)s AND session_id = %(session)s")
    if not someone:
        return Past()
    events = " UNION ".join(f"({one})" for one in someone)
    params = {"catalog": catalog_id, "profile": profile_id, "session": session_id}
    return _past(events, params)


def _past(events: str, params: dict[str, Any]) -> Past:
    source = f"FROM ({events}) e JOIN users_eventkind k ON k.id = e.kind_id"
    statement = (
        f"SELECT e.item_id, ({SIGN})::int, k.weight::float8, k.name, k.consumes {source} "
        f"ORDER BY {NEWEST_FIRST} LIMIT {EVENTS_READ}"
    )
    rows = fetch(statement, params)
    opinions = [Opinion(*row[:4]) for row in rows]
    consuming = [(row[0], row[1]) for row in rows if row[4]]
    if len(rows) == EVENTS_READ:  # there may be older ones
        consuming = fetch(f"SELECT DISTINCT e.item_id, ({SIGN})::int {source} WHERE k.consumes", params)
    return past_of(opinions, consuming)


class Opinion(NamedTuple):
    """What an event says of an item: sign 1, 0 or -1, weight and name of its kind."""

    item_id: int
    sign: int
    weight: float
    kind: str


def past_of(events: Sequence[Opinion], consuming: Iterable[tuple[int, int]]) -> Past:
    """The past in events, newest first, and in (item, sign) of those that consume. An item's newest opinion counts.

    A negative event that consumes can be taken back: where the newest opinion is positive it has used up nothing.
    """
    newest: dict[int, Opinion] = {}
    for event in events:
        if event.sign:
            newest.setdefault(event.item_id, event)
    liked = [opinion for opinion in newest.values() if opinion.sign > 0]
    again = {opinion.item_id for opinion in liked}
    consumed = {item_id for item_id, sign in consuming if sign >= 0 or item_id not in again}
    disliked = [opinion for opinion in newest.values() if opinion.sign < 0]
    return Past(_history(liked[:HISTORY_ITEMS]), _history(disliked), np.array(sorted(consumed), dtype=np.int64))


def joined(newer: History, older: History, without: Ids) -> History:
    """Two histories, the newer first; an item counts once, and of the older one nothing that is in `without`."""
    fresh = ~np.isin(older.item_ids, np.concatenate([newer.item_ids, without]))
    kinds = tuple(kind for kind, keep in zip(older.kinds, fresh, strict=True) if keep)
    return History(
        np.concatenate([newer.item_ids, older.item_ids[fresh]]),
        np.concatenate([newer.weights, older.weights[fresh]]),
        newer.kinds + kinds,
    )


def _history(opinions: Sequence[Opinion]) -> History:
    return History(
        item_ids=np.array([opinion.item_id for opinion in opinions], dtype=np.int64),
        weights=np.array([opinion.weight for opinion in opinions], dtype=np.float32),
        kinds=tuple(opinion.kind for opinion in opinions),
    )
