from typing import Any

import pytest

from recommender.plugins.types import Profile
from recommender.rules.pin import PinRule, PinSettings
from tests.recommender.rules.shelf import Shelf


def pin(**settings: Any) -> PinRule:
    return PinRule(PinSettings(**settings), "spring")


@pytest.mark.parametrize(
    ("items", "position", "expected"),
    [
        (["d"], 1, "dabcef"),
        (["d"], 2, "adbcef"),
        (["e", "b"], 2, "aebcdf"),
        (["a"], 3, "bcadef"),
        (["b"], 2, "abcdef"),
        (["b"], 500, "acdefb"),
        (["d", "unknown", "d"], 1, "dabcef"),
        ([], 1, "abcdef"),
    ],
)
def test_items_stand_from_their_place_on(shelf: Shelf, items: list[str], position: int, expected: str) -> None:
    pinned = pin(items=items, position=position).apply(shelf.slate(), Profile(), shelf.query())
    assert shelf.names(pinned) == expected
    assert shelf.touched(pinned) == "".join(dict.fromkeys(name for name in items if name in shelf.ids))


def test_the_hit_says_where(shelf: Shelf) -> None:
    (hit,) = pin(items=["d"], position=2).apply(shelf.slate(), Profile(), shelf.query()).hits
    assert (hit.rule, hit.item_id, hit.effect) == ("spring", shelf.ids["d"], "pinned to place 2")


def test_it_asks_for_its_items_to_be_candidates(shelf: Shelf) -> None:
    restricted = pin(items=["d", "unknown"]).restrict(pin(items=["b", "d"]).restrict(shelf.query()))
    assert restricted.pinned == (shelf.ids["b"], shelf.ids["d"])


def test_an_item_that_is_not_in_the_slate_is_passed_over(shelf: Shelf) -> None:
    slate = shelf.slate([3, 2, 1], "abc")
    pinned = pin(items=["f"]).apply(slate, Profile(), shelf.query())
    assert shelf.names(pinned) == "abc"
    assert not pinned.hits
