from typing import Any

import pytest

from recommender.plugins.types import Profile, Query, Slate
from recommender.rules.cap import CapRule, CapSettings
from recommender.rules.pin import PinRule, PinSettings
from tests.recommender.rules.shelf import Shelf


def cap(shelf: Shelf, slate: Slate | None = None, query: Query | None = None, **settings: Any) -> Slate:
    rule = CapRule(CapSettings.model_validate(settings), "mix")
    return rule.apply(shelf.slate() if slate is None else slate, Profile(), query or shelf.query(4))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"per": "category", "maximum": 1}, "abcdef"),
        ({"per": "colour", "maximum": 2}, "abdecf"),
        ({"per": "colour", "maximum": 1}, "adbcef"),
        ({"per": "tag", "maximum": 1}, "abcdef"),  # f behind the list is too much, and nothing of it changes
        ({"per": "nothing", "maximum": 1}, "abcdef"),
        ({"per": "category", "maximum": 2}, "abcdef"),
    ],
)
def test_what_is_too_much_goes_behind(shelf: Shelf, settings: dict[str, Any], expected: str) -> None:
    assert shelf.names(cap(shelf, **settings)) == expected


def test_too_little_else_leaves_the_list_full_in_order(shelf: Shelf) -> None:
    capped = cap(shelf, shelf.slate([6, 5, 4, 3], "acef"), per="category", maximum=1)
    assert shelf.names(capped) == "afce"


def test_the_hits_say_what_left_the_list_and_what_came(shelf: Shelf) -> None:
    hits = cap(shelf, per="colour", maximum=1, query=shelf.query(2)).hits
    assert [(hit.item_id, hit.effect) for hit in hits] == [
        (shelf.ids["b"], "moved behind: colour red had its 1"),
        (shelf.ids["d"], "moved up to place 2: there were enough of another colour"),
    ]


def test_several_caps_hold_together(shelf: Shelf) -> None:
    once = cap(shelf, per="colour", maximum=1)
    twice = cap(shelf, once, per="category", maximum=1, query=shelf.query(2))
    assert shelf.names(twice)[:2] == "ad"
    other = cap(shelf, cap(shelf, per="category", maximum=2), per="colour", maximum=2)
    assert shelf.names(other)[:4] == "abde"


def test_pinned_items_of_the_list_count_first_and_keep_their_places(shelf: Shelf) -> None:
    query = PinRule(PinSettings(items=("e",), position=2)).restrict(shelf.query(4))
    assert shelf.names(cap(shelf, query=query, per="category", maximum=1))[:2] == "be"
    behind = PinRule(PinSettings(items=("e",), position=6)).restrict(shelf.query(4))
    assert shelf.names(cap(shelf, query=behind, per="category", maximum=1)) == "abcdfe"


def test_nothing_to_cap(shelf: Shelf) -> None:
    empty = shelf.slate([], "")
    assert cap(shelf, empty) is empty
    slate = shelf.slate()
    assert cap(shelf, slate, maximum=3) is slate
