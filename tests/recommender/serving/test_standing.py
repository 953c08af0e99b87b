"""Where an item stands, and what would lift it: every change that is told is tried here as an editor would."""

from __future__ import annotations

import re
from typing import Any

import pytest

from recommender.models import Configuration, Placement, PlacementRule
from recommender.schemas import RecommendRequest
from recommender.services.placements import save_placement
from recommender.services.why_not import why_not
from recommender.why_not_schemas import WhyNot
from tests.worlds import World, item_rows

TENTS = {"text": "a light tent for camping", "limit": 6, "placement": "home"}


def rule(world: World, plugin: str, slug: str = "", **settings: Any) -> Configuration:
    return Configuration.objects.create(
        catalog=world.catalog, kind="rule", plugin=plugin, slug=slug or plugin, title=plugin, settings=settings
    )


def placed(world: World, *rules: Configuration, **fields: Any) -> Placement:
    Placement.objects.filter(catalog=world.catalog).delete()
    stages = [PlacementRule(configuration=one, position=place) for place, one in enumerate(rules)]
    return save_placement(Placement(catalog=world.catalog, slug="home", title="Home", **fields), stages)


def ask(world: World, item: str, **request: Any) -> WhyNot:
    return why_not(world.catalog.pk, RecommendRequest.model_validate({**TENTS, **request}), item)


def number(text: str) -> float:
    found = re.search(r"\d+(\.\d+)?", text)
    assert found is not None
    return float(found[0])


def test_beyond_the_limit_the_limit_that_is_told_shows_it(world: World) -> None:
    placed(world)
    answer = ask(world, "guitar-red")
    assert (answer.dropped_by, answer.hypothetical) == ("limit", False)
    assert answer.rank == 1 + world.ids(**TENTS | {"limit": 24}).index("guitar-red")
    assert answer.changes[0] == f"Ask for a limit of at least {answer.rank}."
    assert "guitar-red" in world.ids(**TENTS | {"limit": answer.rank})
    assert "guitar-red" not in world.ids(**TENTS | {"limit": answer.rank - 1})


def test_the_scores_beside_those_of_the_last_place(world: World) -> None:
    placed(world)
    answer = ask(world, "guitar-red")
    last = world.recommend(**TENTS, explain=True).items[-1]
    assert answer.score is not None
    assert answer.needed == pytest.approx(last.score)
    assert answer.score < last.score
    assert sum(one.share for one in answer.sources) == pytest.approx(answer.score, abs=1e-4)
    assert sum(one.last_share for one in answer.sources) == pytest.approx(last.score, abs=1e-4)
    gaps = [one.share - one.last_share for one in answer.sources]
    assert gaps == sorted(gaps)
    assert f"What it lacks most is {answer.sources[0].source}:" in answer.told


def test_the_boost_that_is_told_is_enough_and_less_is_not(world: World) -> None:
    placed(world)
    told = next(one for one in ask(world, "guitar-red").changes if one.startswith("Boost it"))
    strength = number(told)
    for lift, shown in ((strength, True), (round(strength - 0.1, 1), False)):
        placed(world, rule(world, "boost", f"lift-{shown}".lower(), items=["guitar-red"], strength=lift))
        assert ("guitar-red" in world.ids(**TENTS)) is shown


def test_below_the_minimum_relevance_the_one_that_is_told_shows_it(world: World) -> None:
    placed(world, minimum_relevance=0.8, overrides=["minimum_relevance"])
    answer = ask(world, "guitar-red", limit=24)
    assert answer.dropped_by == "minimum relevance"
    assert answer.hypothetical
    assert answer.changes[0].startswith("Lower the minimum relevance of placement “home” to at most ")
    most = number(answer.changes[0])
    assert "guitar-red" in world.ids(**TENTS | {"limit": 24, "minimum_relevance": most})
    assert "guitar-red" not in world.ids(**TENTS | {"limit": 24, "minimum_relevance": most + 0.05})
    own = ask(world, "guitar-red", limit=24, minimum_relevance=0.9)
    assert own.changes[0] == f"Ask for a minimum relevance of at most {most:g}."


def test_a_rule_that_takes_it_out_is_named_with_its_reason(world: World) -> None:
    placed(world, rule(world, "constraint", "never-red", never=["colour = red"]))
    answer = ask(world, "tent-red")
    assert answer.dropped_by == "rule never-red"
    assert answer.told.startswith("Taken out of the list: left out: never colour = red. Otherwise it would stand at")
    assert answer.changes == ["Change or end “rule never-red”, which takes it out."]
    assert answer.rank is not None
    assert answer.rank <= 6


def test_a_rule_that_moves_it_out_is_named_with_both_places(world: World) -> None:
    placed(world)
    last = world.ids(**TENTS)[-1]
    placed(world, rule(world, "pin", "autumn", items=["guitar-red", "suit-red"], position=1))
    answer = ask(world, last)
    assert answer.dropped_by == "rule autumn"
    assert {one.stage: one.told for one in answer.stages}["rule autumn"] == "From place 6 to 8."
    assert answer.changes[0] == "Change or end “rule autumn”: without it the item would stand at place 6."


def test_a_cap_that_keeps_it_out_is_named(world: World) -> None:
    placed(world, rule(world, "cap", "two-of-each", per="category", maximum=2))
    listed = world.ids(**TENTS)
    missed = next(row.item_id for row in item_rows() if row.item_id.startswith("tent") and row.item_id not in listed)
    answer = ask(world, missed)
    assert answer.dropped_by == "rule two-of-each"
    assert answer.changes[0].startswith("Change or end “rule two-of-each”: without it the item would stand at place ")


def test_what_rests_for_a_person_is_named_with_its_reason(world: World) -> None:
    placed(world, rule(world, "rotate", "rest", impressions=1))
    shown = world.ids(**TENTS, profile_id="ben")
    answer = ask(world, shown[0], profile_id="ben")
    assert answer.dropped_by == "rule rest"
    assert "rests: shown 1 times" in answer.told
    assert answer.changes[0] == "Change or end “rule rest”: without it the item would stand at place 1."
    assert any(one.startswith("Pin it: not even a boost of 10") for one in answer.changes)
    assert ask(world, shown[0]).shown


def test_what_rules_did_to_an_item_that_is_shown(world: World) -> None:
    placed(world, rule(world, "pin", "autumn", items=["guitar-red"], position=2))
    answer = ask(world, "guitar-red")
    assert (answer.shown, answer.rank, answer.changes, answer.dropped_by) == (True, 2, [], "")
    assert answer.told == "It is in the list, at place 2."
    told = {one.stage: one.told for one in answer.stages}["rule autumn"]
    assert re.fullmatch(r"From place \d+ to 2: pinned to place 2\.", told)
    assert answer.explanation is not None
    assert answer.explanation.rules == ["autumn: pinned to place 2"]
