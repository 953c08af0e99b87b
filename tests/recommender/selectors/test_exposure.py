"""Impressions and clicks, from recorded answers and the events that name them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from recommender.models import Recommendation
from recommender.plugins.testing.values import query
from recommender.plugins.types import Query
from recommender.selectors import exposure as module
from recommender.selectors.exposure import exposure
from tests.worlds import World
from users.models import Event

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Figures that a process keeps for the hour end with the test."""
    yield
    module._kept.clear()


def shown(world: World, names: list[str], hours_ago: float = 2) -> Recommendation:
    """An answer on record."""
    return Recommendation.objects.create(
        catalog_id=world.catalog.pk,
        created_at=NOW - timedelta(hours=hours_ago),
        pipeline_id=1,
        pipeline_version=1,
        item_ids=[world.item(name).pk for name in names],
        scores=[1.0] * len(names),
    )


def clicks(world: World, answer: Recommendation, *names: str, kind: str = "click") -> None:
    """Somebody acts on items of that answer within the hour after it."""
    world.does("ben", *names, kind=kind, recommendation_id=str(answer.pk))
    at = answer.created_at + timedelta(minutes=10)
    Event.objects.filter(recommendation_id=answer.pk).update(occurred_at=at, received_at=at)


def asked(world: World) -> Query:
    """A query of that world at half past twelve."""
    return replace(query(), catalog_id=world.catalog.pk, now=NOW)


def figures(world: World, *names: str, days: int = 30) -> list[tuple[float, float]]:
    """Impressions and clicks of these items."""
    impressions, hits = exposure(asked(world), days).of(np.array([world.item(name).pk for name in names]))
    return list(zip(impressions.tolist(), hits.tolist(), strict=True))


def test_impressions_are_answers_and_clicks_those_that_were_chosen_from(world: World) -> None:
    first, second = (shown(world, ["tent-red", "tent-blue"]) for _ in range(2))
    clicks(world, first, "tent-red")
    clicks(world, first, "tent-red", kind="purchase")
    clicks(world, second, "tent-blue", kind="dislike")
    clicks(world, second, "suit-red")
    assert figures(world, "tent-red", "tent-blue", "suit-red") == [(2, 1), (2, 0), (0, 0)]
    assert exposure(asked(world), 30).click_rate == 0.25


def test_what_is_older_or_of_this_hour_does_not_count(world: World) -> None:
    for hours in (0.25, 1, 30 * 24 + 2):
        shown(world, ["tent-red"], hours)
    assert figures(world, "tent-red") == [(1, 0)]


def test_an_hour_s_figures_stay_until_the_next(world: World) -> None:
    shown(world, ["tent-red"])
    assert figures(world, "tent-red") == [(1, 0)]
    shown(world, ["tent-red"])
    assert figures(world, "tent-red") == [(1, 0)]
    assert figures(world, "tent-red", days=7) == [(2, 0)]


def test_before_anything_was_shown(world: World) -> None:
    assert figures(world, "tent-red") == [(0, 0)]
    assert exposure(asked(world), 30).click_rate is None
