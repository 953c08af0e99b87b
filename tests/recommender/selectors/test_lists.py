"""The lists that need no vector, the neighbours, and full-text search."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Item
from recommender.models import Neighbours, Statistics
from recommender.plugins.types import Query
from recommender.selectors import lists
from recommender.selectors.identities import item_ids
from recommender.selectors.lexical import telling_terms, text_matches
from recommender.selectors.lists import eligible, popular, recent
from recommender.selectors.neighbours import neighbours
from recommender.selectors.statistics import statistics
from tests.worlds import World


@pytest.fixture
def query(world: World) -> Query:
    version = Statistics.objects.get(catalog=world.catalog).version
    return Query(catalog_id=world.catalog.pk, limit=10, now=datetime.now(UTC), figures_version=version)


def names(ids: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> list[str]:
    known = dict(Item.objects.values_list("pk", "external_id"))
    return [known[one] for one in ids.tolist()]


def test_the_popular_in_order_and_only_what_is_eligible(world: World, query: Query) -> None:
    assert set(names(popular(query, 2).item_ids)) == {"tent-black", "tent-blue"}
    without = query.excluding([world.item("tent-black").pk])
    assert "tent-black" not in names(popular(without, 10).item_ids)
    scores = popular(query, 10).scores
    assert (np.diff(scores) <= 0).all()


def test_the_recent_newest_first_undated_last(world: World, query: Query) -> None:
    Item.objects.filter(external_id="suit-red").update(published_at=query.now - timedelta(days=2))
    Item.objects.filter(external_id="tent-red").update(published_at=query.now - timedelta(days=1))
    found = recent(query, 24)
    assert names(found.item_ids)[:2] == ["tent-red", "suit-red"]
    assert len(found) == 24
    assert found.scores[0] == 1.0


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_the_best_of_given_items_that_are_eligible(world: World, query: Query, data: st.DataObject) -> None:
    ids = sorted(Item.objects.values_list("pk", flat=True))
    given_ids = data.draw(st.lists(st.sampled_from(ids), unique=True))
    scores = data.draw(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=len(given_ids), max_size=len(given_ids)))
    excluded = set(data.draw(st.lists(st.sampled_from(ids))))
    k = data.draw(st.integers(1, 30))
    asked_more = lists.ASKED_MORE
    lists.ASKED_MORE = data.draw(st.integers(0, 3))
    try:
        found = eligible(
            query.excluding(list(excluded)), np.array(given_ids, dtype=np.int64), np.array(scores, dtype=np.float32), k
        )
    finally:
        lists.ASKED_MORE = asked_more
    kept = [(-score, one) for one, score in zip(given_ids, scores, strict=True) if one not in excluded]
    assert found.item_ids.tolist() == [one for _, one in sorted(kept)[:k]]
    assert found.scores.tolist() == [-score for score, _ in sorted(kept)[:k]]


def test_neighbours_are_read_as_they_were_packed(world: World) -> None:
    seeds = [world.item(one).pk for one in ("tent-black", "tent-blue")]
    table = neighbours(np.array(seeds, dtype=np.int64))
    for seed in seeds:
        row = bytes(Neighbours.objects.get(item_id=seed).packed)
        count = len(row) // 16
        mine = table.seeds == seed
        assert table.item_ids[mine].tolist() == np.frombuffer(row, "<i8", count).tolist()
        assert table.measures["knn"][mine].tolist() == np.frombuffer(row, "<f4", count, 8 * count).tolist()
        assert table.measures["cond"][mine].tolist() == np.frombuffer(row, "<f4", count, 12 * count).tolist()
    black, blue = seeds
    # Four people chose both; each was chosen by those four.
    together = table.measures["knn"][(table.seeds == black) & (table.item_ids == blue)]
    assert together.tolist() == pytest.approx([4 / (4 + 20)])


def test_nobody_has_no_neighbours(world: World) -> None:
    assert len(neighbours(np.empty(0, dtype=np.int64)).seeds) == 0
    assert len(neighbours(np.array([world.item("guitar-red").pk])).seeds) == 0


def test_words_find_the_items_that_have_them(query: Query) -> None:
    found = text_matches(query, ["guitar", "red"], 24)
    assert names(found.item_ids)[0] == "guitar-red"
    expected = Item.objects.filter(terms__overlap=["guitar", "red"]).values_list("external_id", flat=True)
    assert set(names(found.item_ids)) == set(expected)
    assert len(text_matches(query, ["unheard"], 10)) == 0


def test_quotes_and_backslashes_are_words_like_others(query: Query) -> None:
    assert len(text_matches(query, ["it's", "\\", "a & b", "'"], 10)) == 0


def test_telling_terms_are_those_that_others_lack(world: World, query: Query) -> None:
    ids = np.array([world.item(f"teapot-{colour}").pk for colour in ("red", "blue", "grey")])
    assert {"teapot", "clay"} <= set(telling_terms(query, ids, 12))
    assert telling_terms(query, np.empty(0, dtype=np.int64)) == []


def test_figures_know_rare_from_common(world: World, query: Query) -> None:
    figures = statistics(world.catalog.pk, query.figures_version)
    assert figures.items == 24
    assert figures.frequencies(["teapot", "unheard"]) == [6, 0]
    assert figures.rarest_first(["teapot", "unheard"]) == [("unheard", 0), ("teapot", 6)]
    assert figures.rarest_first(["a"]) == []  # in every item


def test_external_ids_resolve_within_the_catalog(world: World) -> None:
    assert item_ids(world.catalog.pk, ["tent-red", "unheard"]) == {"tent-red": world.item("tent-red").pk}
    assert item_ids(world.catalog.pk + 1, ["tent-red"]) == {}
