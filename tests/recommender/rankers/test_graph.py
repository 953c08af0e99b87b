"""The column of relations in common."""

from __future__ import annotations

import numpy as np
import pytest

from catalog.models import Relation
from recommender.plugins import data
from recommender.plugins.relation_paths import keep, seed_ids
from recommender.plugins.testing.values import anna, features
from recommender.plugins.types import Candidates, Features, Profile
from recommender.rankers.graph import GraphRanker, GraphSettings
from tests.recommender.rules.shelf import Shelf, stocked

RANKER = GraphRanker(GraphSettings())


@pytest.fixture
def shelf(db: None) -> Shelf:
    """a, b and c have a director in common, d and e go with f."""
    shelf = stocked()
    ids, catalog = shelf.ids, shelf.catalog
    named = [Relation(catalog=catalog, head_id=ids[name], relation="director", tail_name="Ana Lima") for name in "abc"]
    tied = [Relation(catalog=catalog, head_id=ids[name], relation="goes_with", tail_id=ids["f"]) for name in "de"]
    Relation.objects.bulk_create([*named, *tied])
    return shelf


def table(shelf: Shelf, names: str, size: int | None = None) -> Candidates:
    """Items of these names; those beyond `size` are the reference."""
    about = features(np.tile([1, 0, 0, 0], (len(names), 1)))
    ids = np.array([shelf.ids[name] for name in names], dtype=np.int64)
    return Candidates(Features(**{**vars(about), "item_ids": ids}), len(names) if size is None else size)


def likes(shelf: Shelf, names: str) -> Profile:
    """A person who chose these, newest first."""
    return anna([[1, 0, 0, 0]] * len(names), item_ids=tuple(shelf.ids[name] for name in names))


def test_related_items_score_and_others_are_zero(shelf: Shelf) -> None:
    column = RANKER.rank(likes(shelf, "a"), table(shelf, "abcdef"))["graph"]
    assert column[1] == column[2] > 0
    np.testing.assert_array_equal(column[[0, 3, 4, 5]], 0)


def test_candidate_and_reference_score_alike_and_a_step_beats_two(shelf: Shelf) -> None:
    column = RANKER.rank(likes(shelf, "d"), table(shelf, "feaf", size=2))["graph"]
    assert column[0] == column[3] > column[1] > column[2] == 0


def test_weights_of_relations_scale(shelf: Shelf) -> None:
    twice = GraphRanker(GraphSettings(relations={"director": 2.0}))
    person, items = likes(shelf, "a"), table(shelf, "bcd")
    np.testing.assert_allclose(twice.rank(person, items)["graph"], 2 * RANKER.rank(person, items)["graph"], rtol=1e-5)
    silent = GraphRanker(GraphSettings(relations={"director": 0.0})).rank(person, items)["graph"]
    assert np.isnan(silent).all()


def test_without_relations_it_cannot_say(shelf: Shelf) -> None:
    Relation.objects.all().delete()
    assert np.isnan(RANKER.rank(likes(shelf, "a"), table(shelf, "bcd"))["graph"]).all()
    assert np.isnan(RANKER.rank(Profile(), table(shelf, "bcd"))["graph"]).all()


def test_what_the_retriever_has_read_is_not_read_again(shelf: Shelf) -> None:
    person = likes(shelf, "a")
    expected = RANKER.rank(person, table(shelf, "bcd"))["graph"]
    again = likes(shelf, "a")
    keep(again, data.relations_beside(shelf.ids["b"], seed_ids(again), []))
    Relation.objects.all().delete()
    np.testing.assert_array_equal(RANKER.rank(again, table(shelf, "bcd"))["graph"], expected)
