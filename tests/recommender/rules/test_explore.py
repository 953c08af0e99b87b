"""Newcomers get a few places, the better ones more often, within their share and their cap, on record."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from recommender.plugins import data
from recommender.plugins.testing.values import anna, features, floats, query, slate
from recommender.plugins.types import Profile, Query, Slate
from recommender.rules.explore import ExploreRule, ExploreSettings
from recommender.selectors.exposure import NOTHING_SHOWN, Exposure

KNOWN, NEW = 30, 10


def ranking(scores: Any = None) -> Slate:
    """40 items, best first; the last ten, ids 31 to 40, were chosen by nobody."""
    values = np.linspace(2, -2, KNOWN + NEW) if scores is None else floats(scores)
    made = slate(values)
    people = np.where(np.arange(len(values)) < KNOWN, 50, 0)
    about = features(np.tile([1, 0, 0, 0], (len(values), 1)), people=people)
    return replace(made, candidates=replace(made.candidates, features=about))


def person(number: int) -> Profile:
    """One of many people."""
    return replace(anna([[1, 0, 0, 0]], item_ids=(1_000 + number,)), profile_id=number)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> dict[str, Exposure]:
    """What was shown so far: nothing, until a test says so. The figures themselves have their own tests."""
    figures = {"now": NOTHING_SHOWN}
    monkeypatch.setattr(data, "exposure", lambda query, days: figures["now"])
    return figures


def explored(
    number: int = 0, limit: int = 20, ranked: Slate | None = None, asked: Query | None = None, **settings: Any
) -> Slate:
    """The list of one person."""
    rule = ExploreRule(ExploreSettings.model_validate(settings), "try")
    return rule.apply(ranking() if ranked is None else ranked, person(number), asked or query(limit))


def tried(slate: Slate) -> list[int]:
    """The newcomers that were lifted, in the order of the draw."""
    return [hit.item_id for hit in slate.hits]


def propensities(slate: Slate) -> list[float]:
    """As the hits tell them."""
    return [float(re.findall(r"propensity ([\d.]+)", hit.effect)[0]) for hit in slate.hits]


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(("share", "limit", "expected"), [(0.1, 20, 2), (0.25, 20, 5), (0.1, 9, 0), (0.0, 20, 0)])
def test_newcomers_take_their_share_of_places(share: float, limit: int, expected: int) -> None:
    list_ = explored(share=share, limit=limit)
    places = [place for place, item in enumerate(list_.item_ids[:limit].tolist(), 1) if item > KNOWN]
    assert len(places) == expected == len(set(tried(list_)))
    assert all(place >= 3 for place in places)
    known = [item for item in list_.item_ids.tolist() if item <= KNOWN]
    assert known == list(range(1, KNOWN + 1))
    assert sorted(list_.item_ids.tolist()) == list(range(1, KNOWN + NEW + 1))


@pytest.mark.usefixtures("shown")
def test_the_same_request_within_the_hour_gives_the_same_list() -> None:
    hour = query(20)
    later = replace(hour, now=hour.now + timedelta(minutes=59))
    assert explored(asked=later).item_ids.tolist() == explored(asked=hour).item_ids.tolist()
    hours = {tuple(tried(explored(asked=replace(hour, now=hour.now + timedelta(hours=n))))) for n in range(8)}
    people = {tuple(tried(explored(number))) for number in range(8)}
    assert len(hours) > 1 < len(people)


@pytest.mark.usefixtures("shown")
def test_propensities_are_how_often_each_is_drawn() -> None:
    lists = [explored(number) for number in range(400)]
    drawn = np.bincount([item for one in lists for item in tried(one)], minlength=KNOWN + NEW + 1)[KNOWN + 1 :] / 400
    assert drawn.sum() == pytest.approx(2.0)
    told: dict[int, list[float]] = {}
    for one in lists:
        for item, chance in zip(tried(one), propensities(one), strict=True):
            told.setdefault(item, []).append(chance)
    for item, chances in told.items():
        assert np.mean(chances) == pytest.approx(drawn[item - KNOWN - 1], abs=0.08)
    assert drawn[0] > drawn[-1]  # the better scored newcomer is tried more often


def test_what_was_shown_in_vain_is_tried_less_and_what_is_clicked_more(shown: dict[str, Exposure]) -> None:
    ids = np.arange(KNOWN + 1, KNOWN + NEW + 1, dtype=np.int64)
    shown["now"] = Exposure(ids, floats([60] * NEW), floats([0] * (NEW - 1) + [25]))
    lists = [explored(number) for number in range(60)]
    assert all(KNOWN + NEW in tried(one) for one in lists)
    assert "25 clicks of 60 impressions so far" in str(lists[0].hits)


def test_who_was_shown_enough_is_lifted_no_more(shown: dict[str, Exposure]) -> None:
    ids = np.arange(KNOWN + 1, KNOWN + NEW, dtype=np.int64)
    shown["now"] = Exposure(ids, floats([200] * len(ids)), floats([150] * len(ids)))
    assert {item for number in range(20) for item in tried(explored(number))} == {KNOWN + NEW}
    assert len(tried(explored(impressions=201))) == 2


@pytest.mark.usefixtures("shown")
def test_a_newcomer_that_stands_higher_stays_there() -> None:
    best_last = ranking(np.linspace(2, -2, KNOWN + NEW)).take(np.arange(KNOWN + NEW)[::-1])
    list_ = explored(ranked=best_last)
    places = {item: place for place, item in enumerate(list_.item_ids.tolist())}
    assert all(places[item] <= best_last.item_ids.tolist().index(item) for item in tried(list_))


@pytest.mark.usefixtures("shown")
def test_without_newcomers_the_slate_stays() -> None:
    known = ranking()
    everybody = replace(known.candidates.features, people=floats(np.full(KNOWN + NEW, 50)))
    settled = replace(known, candidates=replace(known.candidates, features=everybody))
    assert explored(ranked=settled) is settled
    assert explored(ranked=slate([]), limit=20).item_ids.tolist() == []
    foreign = replace(known, rows=np.where(np.arange(KNOWN + NEW) < KNOWN, np.arange(KNOWN + NEW), -1))
    assert explored(ranked=foreign) is foreign
