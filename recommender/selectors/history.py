"""What a person did, as an answer needs it: chosen items newest first, disliked ones, and what is used up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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
    """A person's past: the history, disliked items, and items of consuming events."""

    history: History = field(default_factory=History)
    disliked: Ids = field(default_factory=no_ids)
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
    consumed = {row[0] for row in rows if row[4]}
    if len(rows) == EVENTS_READ:  # there may be older ones
        consumed |= {row[0] for row in fetch(f"SELECT DISTINCT e.item_id {source} WHERE k.consumes", params)}
    history, disliked = fold([(row[0], row[1], row[2], row[3]) for row in rows])
    return Past(history, disliked, np.array(sorted(consumed), dtype=np.int64))


def fold(events: list[tuple[int, int, float, str]]) -> tuple[History, Ids]:
    """Events (item, sign, weight, kind), newest first → history and disliked items; an item's newest opinion counts."""
    chosen: dict[int, tuple[float, str]] = {}
    disliked: list[int] = []
    for item_id, sign, weight, kind in events:
        if item_id in chosen or item_id in disliked or sign == 0:
            continue
        if sign > 0:
            chosen[item_id] = (weight, kind)
        else:
            disliked.append(item_id)
    kept = list(chosen.items())[:HISTORY_ITEMS]
    history = History(
        item_ids=np.array([item_id for item_id, _ in kept], dtype=np.int64),
        weights=np.array([weight for _, (weight, _) in kept], dtype=np.float32),
        kinds=tuple(kind for _, (_, kind) in kept),
    )
    return history, np.array(disliked, dtype=np.int64)
