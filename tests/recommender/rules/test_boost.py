from typing import Any

import numpy as np
import pytest

from recommender.plugins.types import Profile, Slate
from recommender.rules.boost import BoostRule, BoostSettings
from tests.recommender.rules.shelf import Shelf

DEVIATION = float(np.std([6, 5, 4, 3, 2, 1]))


def boost(shelf: Shelf, slate: Slate, **settings: Any) -> Slate:
    return BoostRule(BoostSettings(**settings), "sale").apply(slate, Profile(), shelf.query())


def adds_up(slate: Slate) -> bool:
    return np.allclose(np.sum(list(slate.contributions.values()), axis=0), slate.scores)


def test_an_item_rises_by_what_is_added(shelf: Shelf) -> None:
    boosted = boost(shelf, shelf.slate(), items=["e"], strength=1.0)
    assert shelf.names(boosted) == "abcedf"  # 2 + 1.71 stands between c (4) and d (3)
    assert shelf.touched(boosted) == "e"
    assert boosted.contributions["sale"].max() == pytest.approx(DEVIATION)
    assert adds_up(boosted)


def test_categories_rise_together(shelf: Shelf) -> None:
    boosted = boost(shelf, shelf.slate(), categories=["coats"], items=["f"], strength=5)
    assert shelf.names(boosted) == "acefbd"
    assert adds_up(boosted)


def test_the_order_of_earlier_rules_stays(shelf: Shelf) -> None:
    reordered = shelf.slate([6, 1, 5, 2, 4, 3], "afbecd")
    boosted = boost(shelf, reordered, items=["d"], strength=0.7)
    assert shelf.names(boosted).replace("d", "") == "afbec"
    assert boosted.item_ids.tolist().index(shelf.ids["d"]) == 1


def test_a_lifted_item_never_falls(shelf: Shelf) -> None:
    reordered = shelf.slate([1, 6, 5, 4, 3, 2], "fabcde")
    assert shelf.names(boost(shelf, reordered, items=["f"], strength=0.1)) == "fabcde"


def test_two_boosts_of_one_item_add_up(shelf: Shelf) -> None:
    assert adds_up(boost(shelf, boost(shelf, shelf.slate(), items=["f"]), items=["f"]))


def test_everything_lifted_changes_no_order(shelf: Shelf) -> None:
    assert shelf.names(boost(shelf, shelf.slate(), items=list("fedcba"))) == "abcdef"


@pytest.mark.parametrize("settings", [{}, {"items": ["unknown"]}, {"categories": ["hats"]}])
def test_without_a_target_the_slate_stays(shelf: Shelf, settings: dict[str, Any]) -> None:
    slate = shelf.slate()
    assert boost(shelf, slate, **settings) is slate


def test_an_empty_slate(shelf: Shelf) -> None:
    empty = shelf.slate([], "")
    assert boost(shelf, empty, items=["a"], categories=["coats"]) is empty
