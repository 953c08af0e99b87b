"""How often items were shown and chosen of late, from recorded answers and the events that came of them.

Counted up to the full hour and kept in each process until the next, so that a request repeated within the hour rests on
the same figures.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from recommender.plugins.types import Floats, Ids, Query, no_floats, no_ids
from recommender.selectors.history import SIGN
from recommender.selectors.sql import fetch

ANSWERS_READ = 20_000
"""The newest answers of the window that are counted: a fraction of a second, once an hour."""
CATALOGS_KEPT = 16

SHOWN = """
    SELECT shown.item_id, count(*) FROM (
        SELECT r.item_ids FROM recommender_recommendation r
        WHERE r.catalog_id = %(catalog)s AND r.created_at >= %(since)s AND r.created_at < %(until)s
        ORDER BY r.created_at DESC LIMIT %(answers)s
    ) answer CROSS JOIN LATERAL unnest(answer.item_ids) AS shown(item_id) GROUP BY shown.item_id
"""
CHOSEN = f"""
    SELECT e.item_id, count(DISTINCT e.recommendation_id) FROM users_event e JOIN users_eventkind k ON k.id = e.kind_id
    JOIN recommender_recommendation r ON r.id = e.recommendation_id AND r.catalog_id = %(catalog)s
    WHERE e.catalog_id = %(catalog)s AND e.occurred_at >= %(since)s AND e.received_at < %(until)s
        AND r.created_at >= %(since)s AND r.created_at < %(until)s AND ({SIGN}) > 0 AND e.item_id = ANY(r.item_ids)
    GROUP BY e.item_id
"""


@dataclass(frozen=True)
class Exposure:
    """Items that were shown (n,), ids ascending: in how many answers, and in how many of these they were chosen."""

    item_ids: Ids
    impressions: Floats
    clicks: Floats

    def of(self, item_ids: Ids) -> tuple[Floats, Floats]:
        """Impressions and clicks of these items, 0 where they were never shown."""
        if not len(self.item_ids):
            nothing = np.zeros(len(item_ids), dtype=np.float32)
            return nothing, nothing
        place = np.minimum(np.searchsorted(self.item_ids, item_ids), len(self.item_ids) - 1)
        known = self.item_ids[place] == item_ids
        return np.where(known, self.impressions[place], 0), np.where(known, self.clicks[place], 0)

    @property
    def click_rate(self) -> float | None:
        """Clicks per impression over all items, or None before anything was shown."""
        shown = float(self.impressions.sum())
        return float(self.clicks.sum()) / shown if shown else None


NOTHING_SHOWN = Exposure(no_ids(), no_floats(), no_floats())
_kept: OrderedDict[tuple[int, int, datetime], Exposure] = OrderedDict()
_lock = threading.Lock()


def exposure(query: Query, days: int) -> Exposure:
    """Impressions and clicks of the catalog's items in the days before the query's full hour."""
    until = query.now.replace(minute=0, second=0, microsecond=0)
    key = (query.catalog_id, days, until)
    with _lock:
        if (found := _kept.get(key)) is not None:
            return found
    counted = _counted(query.catalog_id, until - timedelta(days=days), until)
    with _lock:
        _kept[key] = counted
        while len(_kept) > CATALOGS_KEPT:
            _kept.popitem(last=False)
    return counted


def _counted(catalog_id: int, since: datetime, until: datetime) -> Exposure:
    params = {"catalog": catalog_id, "since": since, "until": until, "answers": ANSWERS_READ}
    shown: dict[int, int] = dict(fetch(SHOWN, params))
    if not shown:
        return NOTHING_SHOWN
    chosen: dict[int, int] = dict(fetch(CHOSEN, params))
    ids = sorted(shown)
    return Exposure(
        np.array(ids, dtype=np.int64),
        np.array([shown[one] for one in ids], dtype=np.float32),
        np.array([min(chosen.get(one, 0), shown[one]) for one in ids], dtype=np.float32),
    )
