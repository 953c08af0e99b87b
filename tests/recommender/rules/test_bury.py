from typing import Any

import numpy as np
import pytest

from recommender.plugins.types import Profile, Slate
from recommender.rules.boost import BoostRule, BoostSettings
from recommender.rules.bury import BuryRule, BurySettings
from tests.recommender.rules.shelf import Shelf

DEVIATION = float(np.std([6, 5, 4, 3, 2, 1]))


def bury(shelf: Shelf, slate: Slate, **settings: Any) -> Slate:
    return BuryRule(BurySettings.model_validate(settings), "old").apply(slate, Profile(), shelf.query())


def adds_up(slate: Slate) -> bool:
    return np.allclose(np.sum(list(slate.contributions.values()), axis=0), slate.scores)


def test_an_item_falls_by_what_is_taken(shelf: Shelf) -> None:
    buried = bury(shelf, shelf.slate(), items=["b"], strength=1.0)
    assert shelf.names(buried) == "acbdef"  # 5 - 1.71 stands between c (4) and d (3)
    assert buried.contributions["old"].min() == pytest.approx(-DEVIATION)
    assert adds_up(buried)


def test_the_hit_says_by_how_much(shelf: Shelf) -> None:
    hits = bury(shelf, shelf.slate(), tags=["sale"]).hits
    assert [(hit.rule, hit.item_id) for hit in hits] == [("old", shelf.ids["b"]), ("old", shelf.ids["f"])]
    assert {hit.effect for hit in hits} == {"score lowered by 1.71"}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"categories": ["coats"], "strength": 10}, "bdface"),
        ({"tags": ["sale"], "attributes": ["size <= 10"], "strength": 10}, "cdeabf"),
        ({"attributes": ["colour = red", "size >= 20"], "strength": 10}, "adefbc"),
    ],
)
def test_every_part_of_the_target_falls(shelf: Shelf, settings: dict[str, Any], expected: str) -> None:
    assert shelf.names(bury(shelf, shelf.slate(), **settings)) == expected


def test_a_boost_and_a_bury_of_one_strength_leave_the_scores(shelf: Shelf) -> None:
    slate = shelf.slate([3, 3, 3, 1, 1, 1])
    lifted = BoostRule(BoostSettings(items=("d",)), "up").apply(slate, Profile(), shelf.query())
    assert lifted.contributions["up"].max() == pytest.approx(1.0)
    assert adds_up(bury(shelf, lifted, items=["d", "a"]))


def test_without_a_target_the_slate_stays(shelf: Shelf) -> None:
    slate = shelf.slate()
    assert bury(shelf, slate) is slate
    assert bury(shelf, slate, items=["unknown"]) is slate
