"""Shortlists that need no vector: the popular, the recent, and those of given ids that are eligible."""

from __future__ import annotations

import numpy as np

from recommender.plugins.types import Floats, Ids, Query, Shortlist
from recommender.selectors.eligibility import eligible_items
from recommender.selectors.sql import Row, fetch


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
    """Those of the given items that are eligible: the k with the best scores."""
    if not len(item_ids):
        return Shortlist()
    where, params = eligible_items(query)
    params |= {"ids": item_ids.tolist(), "scores": scores.tolist(), "k": k}
    statement = (
        "SELECT given.id, given.score FROM unnest(%(ids)s::bigint[], %(scores)s::float8[]) AS given(id, score) "
        f"JOIN catalog_item i ON i.id = given.id WHERE {where} ORDER BY given.score DESC, given.id LIMIT %(k)s"
    )
    return _shortlist(fetch(statement, params))


def _shortlist(rows: list[Row]) -> Shortlist:
    return Shortlist(
        np.array([row[0] for row in rows], dtype=np.int64), np.array([row[1] for row in rows], dtype=np.float32)
    )
