"""The chance that a place is seen is found in logs where it is known; too little to tell says so."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.plugins.training import TooLittleDataError
from recommender.training.examination import Attraction, Log, attraction, examination
from tests.recommender.training.logs import ATTRACTION, ITEM_IDS, SEEN, planted


def test_what_was_planted_is_found() -> None:
    log = planted(12_000).log
    seen = examination(log)
    np.testing.assert_allclose(seen / seen[0], SEEN, rtol=0.12)
    # Better items stand higher: clicks by place alone say something else.
    naive = log.clicked.mean(axis=0) / log.clicked.mean(axis=0)[0]
    assert np.abs(seen / seen[0] - SEEN).max() < np.abs(naive - SEEN).max() / 2
    known = attraction(log, seen)
    often = np.isin(known.ids, ITEM_IDS)
    assert np.corrcoef(known.values[often], ATTRACTION[np.searchsorted(ITEM_IDS, known.ids)])[0, 1] > 0.95


def test_places_with_hardly_a_click_share_their_chance() -> None:
    plant = planted(700).log
    deep = np.concatenate([plant.items, plant.items[:, ::-1] + 10_000], axis=1)
    clicked = np.concatenate([plant.clicked, np.zeros_like(plant.clicked)], axis=1)
    seen = examination(Log(deep, clicked, plant.people))
    assert len(seen) == 16
    assert len(np.unique(seen[7:])) == 1
    assert seen.min() > 0


def test_short_lists_are_counted_by_what_they_show() -> None:
    plant = planted(8_000).log
    items = plant.items.copy()
    items[::2, 5:] = -1
    seen = examination(Log(items, plant.clicked & (items >= 0), plant.people))
    np.testing.assert_allclose(seen / seen[0], SEEN, rtol=0.2)


def test_too_few_clicks_are_named() -> None:
    log = planted(40).log
    with pytest.raises(TooLittleDataError, match="clicks on 40 recorded answers, 200 are needed"):
        examination(log)


def test_items_that_never_move_tell_nothing() -> None:
    log = planted().log
    fixed = np.tile(ITEM_IDS[:8], (len(log), 1))
    with pytest.raises(TooLittleDataError, match="0 clicks on items that were shown at more than one place"):
        examination(Log(fixed, log.clicked, log.people))


def test_attraction_of_the_unknown_is_that_of_all() -> None:
    known = Attraction(np.array([3, 7]), np.array([0.1, 0.9]), 0.4)
    assert known.of(np.array([[7, 3, 5], [9, -1, 7]])).tolist() == [[0.9, 0.1, 0.4], [0.4, 0.0, 0.9]]
    nothing = Attraction(np.empty(0, dtype=np.int64), np.empty(0), 0.4)
    assert nothing.of(np.array([1, -1])).tolist() == [0.4, 0.0]


def test_a_rare_item_is_drawn_towards_the_mean() -> None:
    log = planted().log
    items, clicked = log.items.copy(), log.clicked.copy()
    items[0, 0], clicked[0, 0] = 99_999, True
    known = attraction(Log(items, clicked, log.people), examination(log))
    assert known.mean < known.of(np.array([99_999]))[0] < 3 * known.mean
