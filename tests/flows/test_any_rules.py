"""Any set of rules, in whole answers: the list is full, free of blocked and repeated items, and pinned as asked.

What is eligible and where pins stand is worked out here a second time, from the settings alone. `constraint` is not
among the rules: what it refuses may shorten a list, which its own tests hold it to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.models import Configuration, Placement, PlacementRule
from recommender.schemas import Recommendations
from recommender.services.placements import save_placement
from tests.worlds import COLOURS, TOPICS, World, make_world, shown

EVERY = [f"{topic}-{colour}" for topic in TOPICS for colour in COLOURS]
Settings = dict[str, Any]
ALLOWED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
_numbers = count()


@dataclass(frozen=True)
class Wanted:
    """A rule: plugin and settings."""

    plugin: str
    settings: Settings


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def some(values: Sequence[str], most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=most, unique=True)


CONDITIONS = ["colour = red | blue", "colour = green", "size >= 30", "size <= 10", "weight = 1"]
TARGET = st.fixed_dictionaries(
    {},
    optional={
        "items": some([*EVERY, "unknown"], 6),
        "categories": some([*TOPICS, "hats"], 2),
        "attributes": some(CONDITIONS, 2),
    },
)
SHARE = st.sampled_from([0.1, 0.3, 0.5])


def rules_of(plugin: str, own: Mapping[str, st.SearchStrategy[Any]], targeted: bool) -> st.SearchStrategy[Wanted]:
    parts = st.tuples(TARGET if targeted else st.just({}), st.fixed_dictionaries(dict(own)))
    return parts.map(lambda both: Wanted(plugin, both[0] | both[1]))


RULE = st.one_of(
    rules_of("block", {}, targeted=True),
    rules_of("include-only", {}, targeted=True),
    rules_of("boost", {"strength": st.floats(0.1, 10)}, targeted=True),
    rules_of("bury", {"strength": st.floats(0.1, 10)}, targeted=True),
    rules_of("less-like", {}, targeted=False),
    rules_of("diversify", {"strength": st.floats(0, 1)}, targeted=False),
    rules_of("rotate", {"impressions": st.integers(1, 2)}, targeted=True),
    rules_of("reserve-new", {"share": SHARE}, targeted=True),
    rules_of("explore", {"share": SHARE}, targeted=False),
    rules_of("cap", {"per": st.sampled_from(["category", "colour", "size"]), "maximum": st.integers(1, 3)}, False),
    rules_of("pin", {"items": some([*EVERY, "unknown"], 4), "position": st.integers(1, 14)}, targeted=False),
)


def publish(world: World, rules: Sequence[Wanted]) -> tuple[str, list[str]]:
    """A placement with these rules; its slug, and theirs."""
    number = next(_numbers)
    slugs = [f"{rule.plugin}-{number}-{place}" for place, rule in enumerate(rules)]
    made = [
        Configuration.objects.create(
            catalog=world.catalog, kind="rule", plugin=rule.plugin, slug=slug, title=slug, settings=rule.settings
        )
        for rule, slug in zip(rules, slugs, strict=True)
    ]
    placement = Placement(catalog=world.catalog, slug=f"any-{number}", title="Any")
    save_placement(placement, [PlacementRule(configuration=one, position=place) for place, one in enumerate(made)])
    return placement.slug, slugs


def eligible(rules: Sequence[Wanted]) -> set[str]:
    """What may be shown: nothing blocked, and of what every include-only lets in, if that is anything at all."""
    left = {item for item in EVERY if not any(is_in(item, one) for one in rules if one.plugin == "block")}
    insisting = [one for one in rules if one.plugin == "include-only" and any(one.settings.values())]
    narrow = {item for item in left if all(is_in(item, one) for one in insisting)}
    return narrow or left


MEETS: Mapping[str, Callable[[str, int], bool]] = {
    "colour = red | blue": lambda colour, size: colour in ("red", "blue"),
    "colour = green": lambda colour, size: colour == "green",
    "size >= 30": lambda colour, size: size >= 30,
    "size <= 10": lambda colour, size: size <= 10,
    "weight = 1": lambda colour, size: False,
}


def is_in(item: str, rule: Wanted) -> bool:
    topic, colour = item.split("-")
    conditions = rule.settings.get("attributes", [])
    return (
        item in rule.settings.get("items", [])
        or topic in rule.settings.get("categories", [])
        or (bool(conditions) and all(MEETS[one](colour, 10 * COLOURS.index(colour)) for one in conditions))
    )


def asked_places(rules: Sequence[Wanted], may_be_shown: set[str]) -> dict[int, str]:
    """Place → item: rule after rule from the first place on, each item to the next free one."""
    places: dict[int, str] = {}
    for rule in sorted((one for one in rules if one.plugin == "pin"), key=lambda one: int(one.settings["position"])):
        for item in rule.settings["items"]:
            if item in may_be_shown and item not in places.values():
                places[next(place for place in count(rule.settings["position"]) if place not in places)] = item
    return places


def explained(answer: Recommendations) -> dict[str, list[str]]:
    """What the rules say of each item."""
    return {item.item_id: item.explanation.rules for item in answer.items if item.explanation is not None}


@settings(max_examples=60, deadline=None, suppress_health_check=ALLOWED, derandomize=True)
@given(
    rules=st.lists(RULE, max_size=7),
    limit=st.integers(1, 24),
    person=st.sampled_from([{"profile_id": "anna"}, {"profile_id": "ben", "text": "a light tent"}, {}]),
)
def test_any_rules_leave_a_list_full_clean_and_pinned_as_asked(
    world: World, rules: list[Wanted], limit: int, person: dict[str, str]
) -> None:
    placement, slugs = publish(world, rules)
    may_be_shown = eligible(rules)
    for _ in range(2):  # the second time something was shown already
        answer = world.recommend(placement=placement, limit=limit, explain=True, session_id="s", **person)
        ids = shown(answer)
        assert set(answer.left_out) <= {"include-only"}, answer.left_out
        assert len(ids) == len(set(ids)) == min(limit, len(may_be_shown))
        assert set(ids) <= may_be_shown
        told = explained(answer)
        for place, item in asked_places(rules, may_be_shown).items():
            if place <= len(ids):
                assert ids[place - 1] == item
                assert any(f"pinned to place {place}" in line for line in told[item])
        assert {line.partition(":")[0] for lines in told.values() for line in lines} <= {*slugs, "less-like"}
