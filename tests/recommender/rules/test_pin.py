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


def together(shelf: Shelf, *pins: tuple[str, int], names: str = "abcdef") -> str:
    """Rules of (items, position), applied as an answer applies them: all restrict, then each in its place."""
    rules = sorted((pin(items=list(items), position=at) for items, at in pins), key=lambda rule: rule.place)
    query, slate = shelf.query(), shelf.slate([6, 5, 4, 3, 2, 1][: len(names)], names)
    for rule in rules:
        query = rule.restrict(query)
    for rule in rules:
        slate = rule.apply(slate, Profile(), query)
    return shelf.names(slate)


@pytest.mark.parametrize(
    ("pins", "expected"),
    [
        ([("f", 3), ("e", 1)], "eafbcd"),
        ([("d", 2), ("a", 3)], "bdacef"),  # a leaves a place before d, which d does not fall into
        ([("a", 6), ("b", 5), ("c", 1)], "cdefba"),
        ([("fe", 1), ("d", 2)], "fedabc"),  # place 2 is taken: the next free one
        ([("f", 1), ("f", 4)], "fabcde"),  # the first of them
        ([("a", 500), ("b", 400)], "cdefba"),
        ([("abcdef", 2)], "fabcde"),  # there is no place behind the end
    ],
)
def test_pins_of_several_rules_end_at_their_own_places(
    shelf: Shelf, pins: list[tuple[str, int]], expected: str
) -> None:
    assert together(shelf, *pins) == expected


def test_a_pinned_item_that_is_not_eligible_leaves_its_place_to_the_next(shelf: Shelf) -> None:
    assert together(shelf, ("fe", 1), ("d", 3), names="abcde") == "eadbc"


def test_pins_behind_the_end_leave_those_before_it_alone(shelf: Shelf) -> None:
    assert together(shelf, ("a", 3), ("b", 5), ("c", 5), names="abc") == "bca"
    assert together(shelf, ("ab", 9), ("c", 2), names="abcd") == "dcab"


def test_rules_learn_where_pins_will_stand(shelf: Shelf) -> None:
    query = pin(items=["d", "b"], position=4).restrict(shelf.query())
    assert query.pins == {shelf.ids["d"]: 4, shelf.ids["b"]: 4}
    assert pin(items=["b", "a"], position=2).restrict(query).pins == query.pins | {shelf.ids["a"]: 2}
