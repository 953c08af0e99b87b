"""What somebody saw too often rests for them. What they saw has tests of its own (selectors/test_unclicked.py)."""

from dataclasses import replace
from typing import Any

import pytest

from recommender.plugins import data
from recommender.plugins.types import Profile, Slate
from recommender.rules.rotate import RotateRule, RotateSettings
from tests.recommender.rules.shelf import Shelf

ANNA = Profile(profile_id=7)


@pytest.fixture
def seen(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Anna saw a and d five times and more; what was asked of the records is kept."""
    asked: list[tuple[Any, ...]] = []

    def unclicked(query: Any, *about: Any) -> dict[int, int]:
        asked.append(about)
        return {shelf.ids["a"]: 5, shelf.ids["d"]: 8}

    monkeypatch.setattr(data, "unclicked", unclicked)
    return asked


def rotated(shelf: Shelf, slate: Slate | None = None, **settings: Any) -> Slate:
    rule = RotateRule(RotateSettings.model_validate(settings), "rest")
    return rule.apply(shelf.slate() if slate is None else slate, ANNA, shelf.query())


def test_what_was_shown_too_often_goes_behind(shelf: Shelf, seen: list[tuple[Any, ...]]) -> None:
    rested = rotated(shelf, impressions=4, days=3)
    assert shelf.names(rested) == "bcefad"
    assert seen == [(7, "", 3, 4)]
    assert [(hit.item_id, hit.effect) for hit in rested.hits] == [
        (shelf.ids["a"], "rests: shown 5 times in 3 days and not chosen"),
        (shelf.ids["d"], "rests: shown 8 times in 3 days and not chosen"),
    ]


@pytest.mark.usefixtures("seen")
def test_only_of_the_target(shelf: Shelf) -> None:
    assert shelf.names(rotated(shelf, categories=["shoes"])) == "abcefd"
    slate = shelf.slate()
    assert rotated(shelf, slate, tags=["sale"]) is slate


@pytest.mark.usefixtures("seen")
def test_what_rests_fills_a_list_that_would_be_short(shelf: Shelf) -> None:
    assert shelf.names(rotated(shelf, shelf.slate([3, 2, 1], "adb"))) == "bad"
    last = shelf.slate([3, 2, 1], "bad")
    assert rotated(shelf, last) is last


def test_somebody_unknown_sees_everything(shelf: Shelf) -> None:
    slate = shelf.slate()
    rule = RotateRule(RotateSettings(impressions=1))
    assert rule.apply(slate, Profile(), shelf.query()) is slate
    assert rule.apply(slate, replace(ANNA, session_id="s"), shelf.query()) is slate  # nothing is on record
