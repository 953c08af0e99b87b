"""Vector search that never under-fills: exact where few items match, HNSW where many do (docs/decisions/0002)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from recommender.plugins.types import Floats, Ids, Query, Shortlist, SpaceInfo, Vectors
from recommender.selectors.eligibility import eligible_vectors, is_narrow
from recommender.selectors.sql import Row, fetch, id_array, read_vectors, vector_literal

EXACT_ITEMS = 5_000
"""Below this size an exact scan of a whole space costs no more than the index."""
EXACT_MATCHES = 15_000
"""Below this many expected matches an exact scan beats a filtered index scan, and is complete."""
LARGEST_EF = 1_000
CONNECTION_EF = 400
"""What the settings give every connection; must exceed the neighbours asked for."""


def nearest(space: SpaceInfo, vector: Floats, k: int, query: Query, *, quick: bool = False) -> Shortlist:
    """The k eligible items with the largest inner product with `vector` (d,), best first.

    `quick` spends no more on an index search than k items need: for what only has to be near, not the nearest.
    """
    where, params = eligible_vectors(query)
    params |= {"vector": vector_literal(vector), "k": k}
    exact = space.items <= EXACT_ITEMS or k >= LARGEST_EF or _few_matches(space, where, params, query)
    rows = fetch(_statement(space, where, k, exact=exact, quick=quick), params)
    if not exact and len(rows) < k:
        rows = fetch(_statement(space, where, k, exact=True), params)
    return _shortlist(rows)


def _statement(space: SpaceInfo, where: str, k: int, *, exact: bool, quick: bool = False) -> str:
    # Space and dimension stand in the text as integers, so that the planner sees one partition and its index.
    source = f"FROM item_vector v WHERE v.space_id = {int(space.id)} AND {where}"
    cast = f"v.vector::halfvec({int(space.dimension)}) <#> %(vector)s::halfvec({int(space.dimension)})"
    if exact:
        return f"SELECT v.item_id, -({cast}) {source} ORDER BY ({cast}) + 0 LIMIT %(k)s"
    search = f"SELECT v.item_id, -({cast}) {source}"
    if k < CONNECTION_EF and not quick:
        return f"{search} ORDER BY {cast} LIMIT %(k)s"
    ef = min(LARGEST_EF, int(k * 1.15) + 1)
    set_ef = f"WITH s AS MATERIALIZED (SELECT set_config('hnsw.ef_search', '{ef}', true) v) "
    return f"{set_ef}{search} AND (SELECT v FROM s) IS NOT NULL ORDER BY {cast} LIMIT %(k)s"


def _few_matches(space: SpaceInfo, where: str, params: dict[str, Any], query: Query) -> bool:
    if not is_narrow(query):
        return False
    statement = f"EXPLAIN (FORMAT JSON) SELECT FROM item_vector v WHERE v.space_id = {int(space.id)} AND {where}"
    plan = fetch(statement, params)[0][0]
    plan = json.loads(plan) if isinstance(plan, str | bytes) else plan
    return int(plan[0]["Plan"]["Plan Rows"]) <= EXACT_MATCHES


def _shortlist(rows: list[Row]) -> Shortlist:
    """Rows of (id, score), put in order: a relaxed index scan may return them slightly out of it."""
    ids: Ids = np.array([row[0] for row in rows], dtype=np.int64)
    scores: Floats = np.array([row[1] for row in rows], dtype=np.float32)
    order = np.argsort(-scores, kind="stable")
    return Shortlist(ids[order], scores[order])


def vectors(space: SpaceInfo, item_ids: Ids) -> Vectors:
    """(n, d) vectors of these items, in their order; zero where an item has none yet."""
    if not len(item_ids):
        return np.empty((0, space.dimension), dtype=np.float32)
    statement = (
        "SELECT halfvec_send(v.vector) FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS wanted(id, place) "
        f"LEFT JOIN item_vector v ON v.space_id = {int(space.id)} AND v.item_id = wanted.id ORDER BY wanted.place"
    )
    return read_vectors([row[0] for row in fetch(statement, {"ids": id_array(item_ids.tolist())})], space.dimension)
