"""How often an item was shown, where, and what came of it: only the newest answers are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recommender.models import Recommendation
from recommender.selectors import item_exposure as module
from recommender.selectors.item_exposure import ItemExposure, Shown, item_exposure
from tests.worlds import World
from users.models import Event

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)


def shown(world: World, names: list[str], days: float, placement: int | None = None) -> Recommendation:
    """An answer on record."""
    return Recommendation.objects.create(
        catalog_id=world.catalog.pk,
        created_at=NOW - timedelta(days=days),
        pipeline_id=1,
        placement_id=placement,
        pipeline_version=1,
        item_ids=[world.item(name).pk for name in names],
        scores=[1.0] * len(names),
    )


def chooses(world: World, answer: Recommendation, name: str, kind: str = "click") -> None:
    """Ben acts on an item of that answer."""
    world.does("ben", name, kind=kind, recommendation_id=str(answer.pk))
    Event.objects.filter(recommendation_id=answer.pk).update(occurred_at=answer.created_at)


def of(world: World, name: str) -> ItemExposure:
    return item_exposure(world.item(name), NOW)


def test_windows_places_and_choices(world: World) -> None:
    first = shown(world, ["tent-blue", "tent-red"], days=1)
    second = shown(world, ["tent-red"], days=10, placement=5)
    shown(world, ["tent-red"], days=31)
    shown(world, ["tent-blue"], days=2)
    chooses(world, first, "tent-red")
    chooses(world, first, "tent-red", kind="purchase")
    chooses(world, second, "tent-red", kind="dislike")
    found = of(world, "tent-red")
    assert (found.week, found.month) == (Shown(1, 2, 1), Shown(2, 3, 1))
    assert (found.month.mean_place, found.month.rate) == (1.5, 0.5)
    assert found.where == {(None, 1): Shown(1, 2, 1), (5, 1): Shown(1, 1, 0)}
    assert (found.read, found.since) == (3, None)


def test_an_item_that_was_never_shown(world: World) -> None:
    found = of(world, "tent-red")
    assert (found.month, found.where, found.read) == (Shown(), {}, 0)
    assert (found.month.mean_place, found.month.rate) == (None, None)


def test_only_the_newest_answers_are_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    limited = module.STATEMENT.replace(str(module.ANSWERS_READ), "2")
    monkeypatch.setattr(module, "STATEMENT", limited)
    monkeypatch.setattr(module, "ANSWERS_READ", 2)
    for days in (3, 2, 1):
        shown(world, ["tent-red"], days)
    found = of(world, "tent-red")
    assert (found.read, found.month.answers) == (2, 2)
    assert found.since == NOW - timedelta(days=2)
