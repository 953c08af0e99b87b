"""Events folded into a history; and read from the database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.selectors import history
from recommender.selectors.history import HISTORY_ITEMS, fold, past
from tests.worlds import World

EVENTS = st.lists(st.tuples(st.integers(1, 90), st.sampled_from([-1, 0, 1]), st.floats(0, 5), st.just("like")))


@given(EVENTS)
def test_an_item_s_newest_opinion_counts(events: list[tuple[int, int, float, str]]) -> None:
    chosen, disliked = fold(events)
    newest = {item: (sign, weight) for item, sign, weight, _ in reversed(events) if sign}
    liked = [item for item, (sign, _) in newest.items() if sign > 0]
    assert set(disliked.tolist()) == {item for item, (sign, _) in newest.items() if sign < 0}
    assert set(chosen.item_ids.tolist()) <= set(liked)
    assert len(chosen) == min(len(liked), HISTORY_ITEMS)
    assert chosen.weights.tolist() == pytest.approx([newest[item][1] for item in chosen.item_ids.tolist()])


def test_the_newest_stand_first() -> None:
    chosen, disliked = fold([(3, 1, 2.0, "like"), (2, -1, 1.0, "skip"), (3, -1, 1.0, "skip"), (1, 1, 0.3, "view")])
    assert chosen.item_ids.tolist() == [3, 1]
    assert chosen.kinds == ("like", "view")
    assert disliked.tolist() == [2]


def test_a_profile_s_past(world: World) -> None:
    world.does("anna", "suit-red", kind="purchase")
    world.does("anna", "suit-blue", kind="dislike")
    world.does("anna", "suit-grey", kind="impression")
    mine = past(world.catalog.pk, world.profile("anna").pk, "")
    expected = ["suit-red", "tent-blue", "tent-black"]
    assert mine.history.item_ids.tolist() == [world.item(one).pk for one in expected]
    assert mine.disliked.tolist() == [world.item("suit-blue").pk]
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
