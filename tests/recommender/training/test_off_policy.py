"""Estimates against planted logs of which the truth is known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from recommender.plugins.training import TooLittleDataError
from recommender.training.examination import Log
from recommender.training.off_policy import estimate, target_ranks
from tests.recommender.training.logs import planted


def test_another_order_of_the_same_items_is_estimated_by_all_three() -> None:
    plant = planted(8_000)
    told = estimate(plant.log, plant.target)
    assert plant.target_worth > 1.1 * plant.recorded_worth
    for one in (told.ips, told.snips, told.doubly_robust):
        assert one.value == pytest.approx(plant.target_worth, rel=0.05)
        assert one.interval[0] < one.value < one.interval[1]
    assert told.recorded.value == pytest.approx(plant.recorded_worth, rel=0.05)
    assert told.covered == pytest.approx(1.0)
    assert told.word == "win"
    json.dumps(told.figures(), allow_nan=False)


def test_the_record_itself_is_estimated_as_it_was() -> None:
    log = planted().log
    told = estimate(log, log.items)
    assert told.ips.value == pytest.approx(told.recorded.value)
    assert told.snips.value == pytest.approx(told.recorded.value)
    assert told.doubly_robust.value == pytest.approx(told.recorded.value)
    assert told.word == "even"


def test_items_that_were_not_shown_are_missed_by_ips_and_not_by_the_doubly_robust() -> None:
    plant = planted(8_000, same_items=False)
    told = estimate(plant.log, plant.target)
    assert 0.2 < told.covered < 0.9
    assert told.ips.value < 0.9 * plant.target_worth
    assert told.doubly_robust.value == pytest.approx(plant.target_worth, rel=0.06)
    assert abs(told.snips.value - plant.target_worth) < abs(told.ips.value - plant.target_worth)


def test_a_worse_order_is_a_loss() -> None:
    plant = planted(8_000)
    told = estimate(plant.log, plant.target[:, ::-1])
    assert told.word == "loss"
    assert told.doubly_robust.value < told.recorded.value


def test_the_interval_covers_the_truth() -> None:
    covered = 0
    for seed in range(12):
        plant = planted(2_500, seed)
        low, high = estimate(plant.log, plant.target, seed).doubly_robust.interval
        covered += low <= plant.target_worth <= high
    assert covered >= 9


def test_a_target_that_shows_something_else_altogether_is_not_judged() -> None:
    plant = planted()
    with pytest.raises(TooLittleDataError, match="only 0% was shown"):
        estimate(plant.log, plant.target + 1)


def test_too_few_clicks_are_named() -> None:
    plant = planted(40)
    with pytest.raises(TooLittleDataError, match="200 are needed"):
        estimate(plant.log, plant.target)


def test_longer_and_shorter_targets_are_estimated() -> None:
    plant = planted()
    short = estimate(plant.log, plant.target[:, :3])
    longer = estimate(plant.log, np.concatenate([plant.target, np.full((4_000, 4), -1)], axis=1))
    assert short.doubly_robust.value < longer.doubly_robust.value
    assert longer.doubly_robust.value == pytest.approx(estimate(plant.log, plant.target).doubly_robust.value)


def test_target_ranks_by_hand() -> None:
    recorded = np.array([[5, 6, -1], [7, 8, 9]])
    target = np.array([[6, -1], [1, 9]])
    assert target_ranks(recorded, target).tolist() == [[-1, 0, -1], [-1, -1, 1]]


def test_the_same_person_again_is_no_more_evidence() -> None:
    plant = planted(1_000)
    items, clicked, target = (np.tile(one, (4, 1)) for one in (plant.log.items, plant.log.clicked, plant.target))
    crowd = estimate(Log(items, clicked, np.arange(4_000)), target).ips.interval
    same = estimate(Log(items, clicked, np.tile(np.arange(1_000), 4)), target).ips.interval
    assert 1.7 * np.ptp(crowd) < np.ptp(same) < 2.3 * np.ptp(crowd)
