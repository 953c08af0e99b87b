from itertools import pairwise

import numpy as np
import pytest

from recommender.plugins.testing.training import training_data, village
from recommender.plugins.training import TooLittleDataError
from recommender.rankers.cold_starts import ColdStarts, Draws

VILLAGE = village()


def drawn(seed: int = 0, *, nobody: bool = True, epochs: int = 20) -> list[Draws]:
    starts = ColdStarts(VILLAGE, np.random.default_rng(seed), nobody=nobody)
    return [draws for _ in range(epochs) for draws in starts.epoch(most=150, size=64)]


DRAWS = drawn()


def test_an_epoch_takes_each_person_once_with_all_events() -> None:
    epoch = DRAWS[:3]
    people = np.concatenate([draws.people for draws in epoch])
    assert [len(draws) for draws in epoch] == [64, 64, 22]
    assert len(np.unique(people)) == 150
    for draws in epoch:
        expected = np.concatenate([VILLAGE.history(person) for person in draws.people])
        np.testing.assert_array_equal(draws.items, expected)


def test_something_always_remains_to_be_found() -> None:
    for draws in DRAWS:
        assert (np.bincount(draws.owner[draws.wanted], minlength=len(draws)) > 0).all()


def test_mostly_the_first_events_are_shown_and_all_the_numbers_come() -> None:
    counts, first = [], []
    for draws in DRAWS:
        for shown in np.split(draws.shown, np.flatnonzero(np.diff(draws.owner)) + 1):
            counts.append(int(shown.sum()))
            first.append(all(left >= right for left, right in pairwise(shown)))
    assert {0, 1, 2, 5} <= set(counts)
    assert 0.7 <= np.mean(first) < 0.95


def test_sentences_are_the_persons_own_and_not_always_there() -> None:
    rows = np.concatenate([draws.sentence for draws in DRAWS])
    people = np.concatenate([draws.people for draws in DRAWS])
    assert 0.3 < np.mean(rows >= 0) < 0.5
    np.testing.assert_array_equal(VILLAGE.sentences.people[rows[rows >= 0]], people[rows >= 0])


def test_nobody_is_left_out_where_nothing_can_be_made_of_them() -> None:
    def strangers(several: list[Draws]) -> int:
        return sum(
            int(((np.bincount(d.owner[d.shown], minlength=len(d)) == 0) & (d.sentence < 0)).sum()) for d in several
        )

    assert strangers(DRAWS) > 0
    assert strangers(drawn(nobody=False)) == 0


def test_shares_weigh_people_by_a_power_of_what_they_have() -> None:
    owner, shown = np.array([0, 0, 0, 1]), np.array([True, False, False, False])
    draws = Draws(np.array([7, 9]), owner, np.arange(4), shown, np.array([-1, -1]))
    np.testing.assert_allclose(draws.shares(0.5), np.array([1 / np.sqrt(2), 1 / np.sqrt(2), 1]) / 2, rtol=1e-6)


def test_the_same_seed_draws_the_same() -> None:
    for one, other in zip(DRAWS[:3], drawn()[:3], strict=True):
        np.testing.assert_array_equal(one.shown, other.shown)
        np.testing.assert_array_equal(one.sentence, other.sentence)


def test_too_few_people_are_refused_with_what_is_missing() -> None:
    data = training_data([[0, 1]] * 5, np.eye(30, dtype=np.float32), np.eye(5, 30, dtype=np.float32))
    with pytest.raises(TooLittleDataError, match="5 people with two events or more on 2 items; at least 20 people"):
        ColdStarts(data, np.random.default_rng(0), nobody=True)
