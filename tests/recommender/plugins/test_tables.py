from dataclasses import replace

import numpy as np

from recommender.plugins.tables import RowSums, seed_items, seed_weights
from recommender.plugins.testing.values import anna, ben, floats
from recommender.plugins.types import History, NeighbourTable, Profile

ANYWHERE = [1, 0, 0, 0]
TABLE = NeighbourTable(
    seeds=np.array([5, 5, 9, 7], dtype=np.int64),
    item_ids=np.array([1, 2, 2, 3], dtype=np.int64),
    measures={"m": floats([1, 2, 4, 8])},
)


def test_an_item_of_history_and_sentence_is_one_seed_with_both_weights() -> None:
    person = replace(
        anna([ANYWHERE] * 3, item_ids=(9, 5, 4), sentence=ANYWHERE),
        anchors=History(np.array([5], dtype=np.int64), floats([1])),
    )
    seeds = seed_items(person)
    assert seeds.tolist() == [4, 5, 9]
    np.testing.assert_allclose(seed_weights(person, seeds, 1.0), [0.5 / 3, 0.5 / 3 + 0.5, 0.5 / 3])
    np.testing.assert_allclose(seed_weights(person, seeds, 0.5)[[2, 0]], [0.5 * 4 / 7, 0.5 / 7], rtol=1e-6)


def test_a_sentence_alone_speaks_through_its_anchors_and_nobody_not_at_all() -> None:
    person = ben(ANYWHERE, anchors=History(np.array([7, 5], dtype=np.int64), floats([0.25, 0.75])))
    np.testing.assert_allclose(seed_weights(person, seed_items(person), 0.9), [0.75, 0.25])
    assert len(seed_items(Profile())) == len(seed_weights(Profile(), seed_items(Profile()), 0.9)) == 0


def test_rows_are_added_by_the_weights_of_their_seeds() -> None:
    rows = RowSums(TABLE, np.array([5, 9]), np.array([3, 2, 8, 1, 2]))
    np.testing.assert_allclose(rows.column("m", np.array([0.5, 0.25])), [0, 2, 0, 0.5, 2])
    np.testing.assert_array_equal(rows.column("unknown", np.array([0.5, 0.25])), np.zeros(5))


def test_an_empty_table_adds_nothing() -> None:
    for table, wanted in ((NeighbourTable(), np.array([1, 2])), (TABLE, np.empty(0, dtype=np.int64))):
        assert not RowSums(table, np.array([5]), wanted).column("m", np.array([1.0])).any()
