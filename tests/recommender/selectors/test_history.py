"""Events folded into a history; and read from the database."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.selectors import history
from recommender.selectors.history import HISTORY_ITEMS, Opinion, joined, past, past_of
from tests.worlds import World

EVENTS = st.lists(st.builds(Opinion, st.integers(1, 90), st.sampled_from([-1, 0, 1]), st.floats(0, 5), st.just("like")))


@given(EVENTS)
def test_an_item_s_newest_opinion_counts(events: list[Opinion]) -> None:
    found = past_of(events, [])
    chosen, disliked = found.history, found.disliked
    newest = {item: (sign, weight) for item, sign, weight, _ in reversed(events) if sign}
    liked = [item for item, (sign, _) in newest.items() if sign > 0]
    assert set(disliked.item_ids.tolist()) == {item for item, (sign, _) in newest.items() if sign < 0}
    assert set(chosen.item_ids.tolist()) <= set(liked)
    assert len(chosen) == min(len(liked), HISTORY_ITEMS)
    assert chosen.weights.tolist() == pytest.approx([newest[item][1] for item in chosen.item_ids.tolist()])


def test_the_newest_stand_first() -> None:
    told = [(3, 1, 2.0, "like"), (2, -1, 0.5, "skip"), (3, -1, 0.5, "skip"), (1, 1, 0.3, "view"), (4, -1, 2.0, "less")]
    found = past_of([Opinion(*one) for one in told], [])
    assert found.history.item_ids.tolist() == [3, 1]
    assert found.history.kinds == ("like", "view")
    assert found.disliked.item_ids.tolist() == [2, 4]
    assert found.disliked.weights.tolist() == [0.5, 2.0]


@pytest.mark.parametrize(("signs", "used_up"), [([-1], False), ([1], True), ([0], True), ([-1, 1], True)])
def test_a_dislike_that_was_taken_back_uses_nothing_up(signs: list[int], used_up: bool) -> None:
    taken_back = [Opinion(7, 1, 3.0, "more"), Opinion(7, -1, 2.0, "less")]
    assert (7 in past_of(taken_back, [(7, sign) for sign in signs]).consumed) is used_up
    assert 7 in past_of(taken_back[1:], [(7, sign) for sign in signs]).consumed


def test_of_two_histories_the_newer_comes_first_and_decides() -> None:
    newer = past_of([Opinion(1, 1, 1.0, "click"), Opinion(2, 1, 1.0, "click")], [])
    older = past_of([Opinion(2, 1, 2.0, "like"), Opinion(3, 1, 2.0, "like"), Opinion(4, 1, 2.0, "like")], [])
    both = joined(newer.history, older.history, np.array([4]))
    assert (both.item_ids.tolist(), both.weights.tolist()) == ([1, 2, 3], [1.0, 1.0, 2.0])
    assert both.kinds == ("click", "click", "like")


def test_a_profile_s_past(world: World) -> None:
    world.does("anna", "suit-red", kind="purchase")
    world.does("anna", "suit-blue", kind="dislike")
    world.does("anna", "suit-grey", kind="impression")
    mine = past(world.catalog.pk, world.profile("anna").pk, "")
    expected = ["suit-red", "tent-blue", "tent-black"]
    assert mine.history.item_ids.tolist() == [world.item(one).pk for one in expected]
    assert mine.disliked.item_ids.tolist() == [world.item("suit-blue").pk]
    assert set(mine.consumed.tolist()) == {world.item("suit-red").pk, world.item("suit-blue").pk}


def test_consumed_items_are_known_however_old(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.does("anna", "suit-red", kind="purchase")
    world.does("anna", "guitar-red", "guitar-blue", "guitar-grey")
    monkeypatch.setattr(history, "EVENTS_READ", 2)
    mine = past(world.catalog.pk, world.profile("anna").pk, "")
    assert len(mine.history) == 2
    assert mine.consumed.tolist() == [world.item("suit-red").pk]


def test_nobody_has_no_past(world: World) -> None:
    assert len(past(world.catalog.pk, None, "").history) == 0
    assert len(past(world.catalog.pk, None, "unheard").history) == 0
