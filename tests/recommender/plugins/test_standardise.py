import numpy as np
import pytest

from recommender.plugins.standardise import lots, request_seed, standardise
from recommender.plugins.testing.values import anna, ben, features, floats, space, table
from recommender.plugins.types import Candidates, Profile

ANYWHERE = [1, 0, 0, 0]


def test_z_over_known_and_new_items_apart() -> None:
    draw = np.random.default_rng(1)
    people = np.concatenate([[1, 1, 0, 0], draw.permutation(np.arange(60) % 2)])
    scores = np.concatenate([[5.0, 2.0, 5.0, 2.0], draw.normal(0, 1, 60) + 3 * (people[4:] > 0)])
    z = standardise(Profile(), table(4, {"a.s": scores}, people), ["a.s"]).z[0]
    for group, rows in (((people > 0), (0, 1)), ((people == 0), (2, 3))):
        own = floats(scores)[group].astype(np.float64)
        np.testing.assert_allclose(z[list(rows)], (floats(scores)[list(rows)] - own.mean()) / own.std(), rtol=1e-6)


def test_the_reference_stands_for_the_rest_of_the_catalog() -> None:
    whole = np.concatenate([np.ones(10), np.zeros(990)])
    sample = table(10, {"a.s": np.concatenate([whole[:10], np.zeros(50)])})
    person = anna([ANYWHERE], in_space=space(items=1000))
    z = standardise(person, sample, ["a.s"]).z[0]
    np.testing.assert_allclose(z, (1 - whole.mean()) / whole.std(), rtol=1e-6)


def test_without_enough_reference_the_candidates_stand_for_themselves() -> None:
    z = standardise(anna([ANYWHERE], in_space=space(items=1000)), table(4, {"a.s": [1, 2, 3, 4, 9]}), ["a.s"]).z[0]
    np.testing.assert_allclose(z, (np.arange(1, 5) - 3.8) / np.std([1, 2, 3, 4, 9]), rtol=1e-6)


def test_an_item_counts_once_though_the_reference_has_it_too() -> None:
    about = features([ANYWHERE] * 3)
    about.item_ids[2] = 1
    z = standardise(Profile(), Candidates(about, 2, {"a.s": floats([4, 2, 4])}), ["a.s"]).z[0]
    np.testing.assert_allclose(z, [1, -1])


def test_z_is_clipped() -> None:
    scores = np.concatenate([[1e6, -1e6], np.random.default_rng(0).normal(size=500)])
    rare = table(1, {"a.s": np.delete(scores, 1)})
    low = table(1, {"a.s": np.delete(scores, 0)})
    assert standardise(Profile(), rare, ["a.s"]).z[0, 0] == 12
    assert standardise(Profile(), low, ["a.s"]).z[0, 0] == -4


@pytest.mark.parametrize("scores", [[np.nan, np.nan, np.nan], [7, 7, 7], [np.nan, 7, 7]])
def test_a_source_that_cannot_tell_says_nothing(scores: list[float]) -> None:
    columns = standardise(Profile(), table(3, {"a.s": scores}), ["a.s"])
    assert not columns.z.any()
    assert not columns.places.any()


def test_nan_is_left_out_and_gets_no_place() -> None:
    columns = standardise(Profile(), table(3, {"a.s": [1, np.nan, 3]}), ["a.s"])
    np.testing.assert_allclose(columns.z[0], [-1, 0, 1])
    np.testing.assert_allclose(columns.places[0], [1 / np.log2(3), 0, 1])


def test_ties_differ_between_columns_and_people_but_not_between_requests() -> None:
    tied = table(50, {"a.s": [*np.zeros(50), 1], "b.s": [*np.zeros(50), 1]})
    person, other = ben(ANYWHERE), anna([ANYWHERE])
    first, second = standardise(person, tied, ["a.s", "b.s"]).places
    assert sorted(first) == sorted(second)
    assert (first != second).any()
    np.testing.assert_array_equal(first, standardise(person, tied, ["a.s"]).places[0])
    assert (first != standardise(other, tied, ["a.s"]).places[0]).any()


def test_lots_belong_to_items_not_to_rows() -> None:
    ids = np.arange(1000, dtype=np.int64)
    drawn = lots(ids, request_seed(Profile()))
    assert len(set(drawn.tolist())) == 1000
    np.testing.assert_array_equal(lots(ids[::-1], request_seed(Profile())), drawn[::-1])
    assert abs(np.corrcoef(ids, drawn)[0, 1]) < 0.1


def test_no_candidates_and_no_columns() -> None:
    assert standardise(Profile(), table(0, {"a.s": [1, 2]}), ["a.s"]).z.shape == (1, 0)
    assert standardise(Profile(), table(2, {"a.s": [1, 2]}), []).z.shape == (0, 2)


def test_the_only_new_item_is_measured_by_all() -> None:
    """Alone in its group it would be neither unusual nor usual, and could not be found by its text."""
    people = np.array([0, *[5] * 39])
    about = features(np.tile([1, 0, 0, 0], (40, 1)), people=people)
    for first, wanted in ((9.0, 1.0), (-9.0, 1 / np.log2(2 + 19))):
        column = floats([first, *np.linspace(-1, 1, 39)])
        found = standardise(Profile(), Candidates(about, 20, {"similarity.cos": column}), ["similarity.cos"])
        assert np.sign(found.z[0, 0]) == np.sign(first)
        assert found.places[0, 0] == pytest.approx(wanted)
