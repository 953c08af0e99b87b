"""Shortlists that need no vector: the popular, the recent, and those of given ids that are eligible."""

from __future__ import annotations

import numpy as np

from recommender.plugins.types import Floats, Ids, Query, Shortlist
from recommender.selectors.eligibility import eligible_items
from recommender.selectors.sql import Row, fetch, id_array

ASKED_MORE = 100


def popular(query: Query, k: int) -> Shortlist:
    """The k most popular eligible items; the score is the counter's decayed sum of kind weights."""
    where, params = eligible_items(query)
    statement = (
        "SELECT c.item_id, c.popularity FROM recommender_counter c JOIN catalog_item i ON i.id = c.item_id "
        f"WHERE c.catalog_id = %(catalog)s AND c.popularity > 0 AND {where} ORDER BY c.popularity DESC LIMIT %(k)s"
    )
    return _shortlist(fetch(statement, {**params, "k": k}))


def recent(query: Query, k: int) -> Shortlist:
    """The k eligible items published last, those without a date after them; scores fall from 1 for the newest to 0."""
    where, params = eligible_items(query)
    statement = (
        f"SELECT i.id FROM catalog_item i WHERE {where} "
        "ORDER BY i.catalog_id, i.published_at DESC NULLS LAST, i.id DESC LIMIT %(k)s"
    )
    ids = np.array([row[0] for row in fetch(statement, {**params, "k": k})], dtype=np.int64)
    return Shortlist(ids, np.linspace(1.0, 0.0, len(ids), endpoint=False, dtype=np.float32))


def eligible(query: Query, item_ids: Ids, scores: Floats, k: int) -> Shortlist:
    """Those of the given items that are eligible: the k with the best scores, of equal ones the lower ids."""
    order = np.lexsort((item_ids, -scores))
    # Nearly all items are eligible as a rule: the best few are asked first, and all only where too many are not.
    for asked in (order[: k + ASKED_MORE], order):
        found = _eligible_among(query, item_ids[asked])
        best = asked[np.isin(item_ids[asked], found)][:k]
        if len(best) == k or len(asked) == len(order):
            break
    return Shortlist(item_ids[best], scores[best])


def _eligible_among(query: Query, item_ids: Ids) -> Ids:
    if not len(item_ids):
        return item_ids
    where, params = eligible_items(query)
    statement = f"SELECT i.id FROM catalog_item i WHERE i.id = ANY(%(ids)s::bigint[]) AND {where}"
    rows = fetch(statement, {**params, "ids": id_array(item_ids.tolist())})
    return np.array([row[0] for row in rows], dtype=np.int64)


def _shortlist(rows: list[Row]) -> Shortlist:
    return Shortlist(
        np.array([row[0] for row in rows], dtype=np.int64), np.array([row[1] for row in rows], dtype=np.float32)
    )
