"""Where and how often one item was shown of late, at which place, and what came of it: from recorded answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from catalog.models import Item
from recommender.selectors.history import SIGN
from recommender.selectors.sql import fetch

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
ANSWERS_READ = 20_000
"""The newest answers of the month that are looked at: about 30 ms, however many there are."""

# First what was read; then a row for each placement and pipeline, within the week and before.
STATEMENT = f"""
WITH answer AS MATERIALIZED (
    SELECT r.id, r.created_at, r.placement_id, r.pipeline_id, array_position(r.item_ids, %(item)s::bigint) AS place
    FROM recommender_recommendation r WHERE r.catalog_id = %(catalog)s AND r.created_at >= %(month)s
    ORDER BY r.created_at DESC LIMIT {ANSWERS_READ}
), shown AS (SELECT * FROM answer WHERE place IS NOT NULL), chosen AS (
    SELECT DISTINCT e.recommendation_id FROM users_event e JOIN users_eventkind k ON k.id = e.kind_id
    WHERE e.item_id = %(item)s AND e.occurred_at >= %(month)s AND ({SIGN}) > 0
        AND e.recommendation_id IN (SELECT id FROM shown)
)
SELECT NULL::bigint, NULL::bigint, false, count(*), 0, 0, min(created_at) FROM answer
UNION ALL
SELECT shown.placement_id, shown.pipeline_id, shown.created_at >= %(week)s, count(*), sum(shown.place)::bigint,
    count(chosen.recommendation_id), NULL
FROM shown LEFT JOIN chosen ON chosen.recommendation_id = shown.id GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """In how many answers, the sum of the places in them (1 is the first), and in how many the item was chosen."""

    answers: int = 0
    places: int = 0
    chosen: int = 0

    @property
    def mean_place(self) -> float | None:
        """1 is the first place."""
        return self.places / self.answers if self.answers else None

    @property
    def rate(self) -> float | None:
        """How often it was chosen of the times it was shown."""
        return self.chosen / self.answers if self.answers else None


Where = tuple[int | None, int]
"""Ids of a placement and of a pipeline."""


@dataclass(frozen=True, slots=True)
class ItemExposure:
    """The last 7 and 30 days; the 30 days by placement (None: named by no placement) and pipeline, most often first.

    `read` answers were looked at; where that is the limit the oldest is of `since`, else None.
    """

    week: Shown
    month: Shown
    where: dict[Where, Shown]
    read: int
    since: datetime | None


def item_exposure(item: Item, now: datetime) -> ItemExposure:
    """Counted now, from the newest `ANSWERS_READ` answers of the 30 days before."""
    params = {"item": item.pk, "catalog": item.catalog_id, "week": now - WEEK, "month": now - MONTH}
    (*_, read, _, _, since), *rows = sorted(fetch(STATEMENT, params), key=lambda row: row[1] is not None)
    shown: list[tuple[Where, bool, Shown]] = [((row[0], row[1]), row[2], Shown(*row[3:6])) for row in rows]
    where = {place: _sum(one for other, _, one in shown if other == place) for place, _, _ in shown}
    return ItemExposure(
        week=_sum(one for _, is_new, one in shown if is_new),
        month=_sum(one for _, _, one in shown),
        where=dict(sorted(where.items(), key=lambda pair: -pair[1].answers)),
        read=read,
        since=since if read >= ANSWERS_READ else None,
    )


def _sum(parts: Iterable[Shown]) -> Shown:
    found = list(parts)
    return Shown(*(sum(getattr(one, name) for one in found) for name in ("answers", "places", "chosen")))
