from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.plugins.testing.values import features, floats, query, slate
from recommender.plugins.types import Profile, Query, Slate
from recommender.rules.pin import PinRule, PinSettings
from recommender.rules.reserve_new import ReserveNewRule, ReserveNewSettings
from tests.recommender.rules.shelf import Shelf

SIZE, LIMIT = 30, 10


def ranking(new: tuple[int, ...] = (21, 22, 23, 24), ages: dict[int, float] | None = None) -> Slate:
    """Items 1 to 30, best first; nobody chose those in `new`."""
    people = [0 if number in new else 9 for number in range(1, SIZE + 1)]
    days = [(ages or {}).get(number, np.nan) for number in range(1, SIZE + 1)]
    made = slate(np.linspace(3, -3, SIZE))
    about = features(np.tile([1, 0, 0, 0], (SIZE, 1)), people=people, age_days=days)
    return replace(made, candidates=replace(made.candidates, features=about))


def reserved(slate: Slate, asked: Query | None = None, **settings: Any) -> list[int]:
    rule = ReserveNewRule(ReserveNewSettings.model_validate(settings), "fresh")
    ids: list[int] = rule.apply(slate, Profile(), asked or query(LIMIT)).item_ids.tolist()
    return ids


@pytest.mark.parametrize(
    ("share", "places"), [(0.2, [5, 10]), (0.3, [3, 6, 10]), (0.1, [10]), (0.09, []), (1, [2, 5, 7, 10])]
)
def test_the_best_new_items_get_places_spread_over_the_list(share: float, places: list[int]) -> None:
    found = reserved(ranking(), share=share)
    assert [place for place, item in enumerate(found[:LIMIT], 1) if item > 20] == places
    assert [item for item in found if 20 < item < 25] == [21, 22, 23, 24]
    assert sorted(found) == list(range(1, SIZE + 1))


def test_what_stands_in_the_list_already_counts_and_stays() -> None:
    before = ranking(new=(1, 7, 25))
    rule = ReserveNewRule(ReserveNewSettings(share=0.2))
    assert rule.apply(before, Profile(), query(LIMIT)) is before
    assert [item for item in reserved(before, share=0.3)[:LIMIT] if item in (1, 7, 25)] == [1, 7, 25]
    assert reserved(before, share=0.3)[LIMIT - 1] == 25


def test_new_by_date_instead_of_people() -> None:
    dated = ranking(new=(21,), ages={28: 3.0, 29: 31.0})
    assert reserved(dated, share=0.2, people=0, days=7)[LIMIT - 1] == 28
    assert reserved(dated, share=0.2, people=1, days=7)[4:LIMIT:5] == [21, 28]


def test_the_hit_says_where() -> None:
    rule = ReserveNewRule(ReserveNewSettings(share=0.1), "fresh")
    (hit,) = rule.apply(ranking(), Profile(), query(LIMIT)).hits
    assert (hit.rule, hit.item_id, hit.effect) == ("fresh", 21, "kept place 10 for it: it is new")


def test_without_new_items_the_slate_stays() -> None:
    settled = ranking(new=())
    assert ReserveNewRule(ReserveNewSettings()).apply(settled, Profile(), query(LIMIT)) is settled
    foreign = replace(ranking(), rows=np.full(SIZE, -1))
    assert ReserveNewRule(ReserveNewSettings()).apply(foreign, Profile(), query(LIMIT)) is foreign


def test_pins_take_no_reserved_place_and_new_ones_count() -> None:
    pinning = query(LIMIT).pinning([11, 12, 13], 8)
    assert [place for place, item in enumerate(reserved(ranking(), pinning, share=0.2)[:LIMIT], 1) if item > 20] == [
        3,
        7,
    ]
    assert reserved(ranking(), pinning, share=0.2)[7:LIMIT] == [11, 12, 13]
    new_one = query(LIMIT).pinning([24], 1)
    assert [item for item in reserved(ranking(), new_one, share=0.2)[:LIMIT] if item > 20] == [24, 21]


def test_only_of_the_target(shelf: Shelf) -> None:
    made = shelf.slate()
    about = replace(made.candidates.features, people=floats([9, 9, 9, 9, 0, 0]))
    fresh = replace(made, candidates=replace(made.candidates, features=about))
    rule = ReserveNewRule(ReserveNewSettings(share=0.4, tags=("sale",)), "fresh")
    assert shelf.names(rule.apply(fresh, Profile(), shelf.query(3))) == "abfcde"
    pinned = PinRule(PinSettings(items=("f",), position=1)).restrict(shelf.query(3))
    assert shelf.names(rule.apply(fresh, Profile(), pinned)) == "abcdef"
