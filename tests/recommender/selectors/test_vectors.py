"""Vector search: exact and by index, always complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from django.db import connection

from catalog.models import Item
from recommender.plugins.types import ItemFilter, Query, SpaceInfo
from recommender.selectors import vectors as selector
from recommender.selectors.sql import Row, fetch, read_vectors, vector_literal
from recommender.selectors.state import space_info, state
from recommender.selectors.vectors import nearest, vectors
from tests.worlds import World


@pytest.fixture
def space(world: World) -> SpaceInfo:
    return space_info(state(world.catalog.pk).spaces[0], "hashing")


@pytest.fixture
def query(world: World) -> Query:
    return Query(catalog_id=world.catalog.pk, limit=10, now=datetime.now(UTC))


def by_hand(
    space: SpaceInfo, item_ids: list[int], vector: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> list[int]:
    scores = vectors(space, np.array(item_ids, dtype=np.int64)) @ vector
    return [item_ids[place] for place in np.argsort(-scores, kind="stable")]


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.usefixtures("world")
def test_the_nearest_are_those_of_a_full_comparison(
    space: SpaceInfo, query: Query, exact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not exact:
        monkeypatch.setattr(selector, "EXACT_ITEMS", 0)
        _only_the_index()
    ids = sorted(Item.objects.values_list("pk", flat=True))
    vector = vectors(space, np.array(ids[:1]))[0]
    found = nearest(space, vector, 5, query)
    expected = vectors(space, np.array(by_hand(space, ids, vector)[:5], dtype=np.int64)) @ vector
    np.testing.assert_allclose(found.scores, expected, atol=2e-3)
    assert (np.diff(found.scores) <= 0).all()


def test_where_the_index_gives_too_few_the_search_is_exact(
    world: World, space: SpaceInfo, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selector, "EXACT_ITEMS", 0)
    monkeypatch.setattr(selector, "EXACT_MATCHES", -1)
    _only_the_index()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL hnsw.iterative_scan = off; SET LOCAL hnsw.ef_search = 2")
    narrow = replace(query, filter=ItemFilter(categories_any=("teapot",)))
    vector = vectors(space, np.array([world.item("suit-red").pk]))[0]
    statements = _listened_to(monkeypatch)
    found = nearest(space, vector, 6, narrow)
    assert set(found.item_ids.tolist()) == set(Item.objects.filter(categories=["teapot"]).values_list("pk", flat=True))
    assert [") + 0" in sql for sql in statements[-2:]] == [False, True]


def test_few_expected_matches_are_compared_exactly(
    space: SpaceInfo, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selector, "EXACT_ITEMS", 0)
    statements = _listened_to(monkeypatch)
    narrow = replace(query, filter=ItemFilter(categories_any=("teapot",)))
    nearest(space, np.ones(space.dimension, dtype=np.float32), 3, narrow)
    assert statements[0].startswith("EXPLAIN")
    assert ") + 0" in statements[1]


def test_an_item_without_a_vector_has_zeros(world: World, space: SpaceInfo) -> None:
    known = world.item("tent-red").pk
    rows = vectors(space, np.array([known, 10**9], dtype=np.int64))
    assert np.linalg.norm(rows[0]) == pytest.approx(1.0, abs=1e-2)
    assert not rows[1].any()
    assert vectors(space, np.empty(0, dtype=np.int64)).shape == (0, space.dimension)


def test_vectors_survive_the_way_out_and_back(world: World, space: SpaceInfo) -> None:
    vector = vectors(space, np.array([world.item("tent-red").pk]))[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT halfvec_send(%s::halfvec)", [vector_literal(vector)])
        packed = bytes(cursor.fetchone()[0])
    np.testing.assert_allclose(read_vectors([packed, None], space.dimension), [vector, 0 * vector], atol=1e-3)


def _listened_to(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that the selector runs from now on."""
    statements: list[str] = []

    def listening(sql: str, params: Mapping[str, Any]) -> list[Row]:
        statements.append(sql)
        return fetch(sql, params)

    monkeypatch.setattr(selector, "fetch", listening)
    return statements


def _only_the_index() -> None:
    """The planner would rather read 24 rows."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
