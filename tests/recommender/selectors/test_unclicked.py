"""What was shown to somebody and not chosen since, from recorded answers and events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recommender.models import Recommendation
from recommender.plugins.testing.values import query
from recommender.selectors import unclicked as module
from recommender.selectors.unclicked import unclicked
from tests.worlds import World
from users.models import Event

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)


def shown(world: World, names: list[str], hours_ago: float, person: str = "ben", session: str = "") -> Recommendation:
    """An answer on record."""
    return Recommendation.objects.create(
        catalog_id=world.catalog.pk,
        profile_id=world.profile(person).pk if person else None,
        session_id=session,
        created_at=NOW - timedelta(hours=hours_ago),
        pipeline_id=1,
        pipeline_version=1,
        item_ids=[world.item(name).pk for name in names],
        scores=[1.0] * len(names),
    )


def chosen(world: World, name: str, hours_ago: float, kind: str = "click", person: str = "ben") -> None:
    """An event that the platform received then."""
    world.does(person, name, kind=kind)
    at = NOW - timedelta(hours=hours_ago)
    newest = Event.objects.filter(catalog=world.catalog, profile__external_id=person).latest("id")
    Event.objects.filter(pk=newest.pk).update(received_at=at, occurred_at=at)


def seen(world: World, person: str = "ben", session: str = "", days: int = 7, least: int = 1) -> dict[str, int]:
    """By name."""
    asked: Any = replace(query(), catalog_id=world.catalog.pk, now=NOW)
    found = unclicked(asked, world.profile(person).pk if person else None, session, days, least)
    names = {world.item(name).pk: name for name in ("tent-red", "suit-red", "guitar-red")}
    return {names[item_id]: times for item_id, times in found.items()}


def test_every_answer_of_the_person_within_the_days_counts(world: World) -> None:
    for hours in (1, 2, 24 * 8):
        shown(world, ["tent-red", "suit-red"], hours)
    shown(world, ["suit-red"], 3)
    shown(world, ["guitar-red"], 3, person="anna")
    assert seen(world) == {"tent-red": 2, "suit-red": 3}
    assert seen(world, least=3) == {"suit-red": 3}
    assert seen(world, days=30) == {"tent-red": 3, "suit-red": 4}
    assert seen(world, person="") == {}


def test_a_choice_sets_the_count_back(world: World) -> None:
    for hours in (5, 4, 2):
        shown(world, ["tent-red", "suit-red"], hours)
    chosen(world, "tent-red", 3)
    chosen(world, "suit-red", 3, kind="dislike")
    assert seen(world) == {"tent-red": 1, "suit-red": 3}
    chosen(world, "tent-red", 1, kind="purchase")
    assert seen(world) == {"suit-red": 3}


def test_a_session_has_its_own_and_a_profile_s_answers_are_not_a_session_s(world: World) -> None:
    shown(world, ["tent-red"], 1, person="", session="s1")
    shown(world, ["suit-red"], 1, person="", session="s2")
    assert seen(world, person="", session="s1") == {"tent-red": 1}
    assert seen(world, session="s1") == {}


def test_only_the_newest_answers_are_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_OF_PROFILE", module._OF_PROFILE.replace("LIMIT 200", "LIMIT 2"))
    for hours in (1, 2, 3):
        shown(world, ["tent-red"], hours)
    assert seen(world) == {"tent-red": 2}
