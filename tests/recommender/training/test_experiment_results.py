"""The verdicts of an experiment, in plain words."""

from __future__ import annotations

from typing import Any

from recommender.models import Arm, Pipeline
from recommender.selectors.experiments import (
    CLICKS,
    CONVERSIONS,
    DEGRADED,
    MEASURES,
    MILLISECONDS,
    REFUSALS,
    ArmCounts,
    Measured,
)
from recommender.training.experiment_results import arm_results, mismatch_warning

ARMS = [Arm(name=name, pipeline=Pipeline(slug=name.lower()), share=50) for name in "AB"]


def counted(people: int = 5_000, **means: Any) -> ArmCounts:
    usual = {CLICKS: 0.1, CONVERSIONS: 0.02, DEGRADED: 0.0, MILLISECONDS: 40.0, REFUSALS: 0.03} | means
    spread = {name: 400.0 if name == MILLISECONDS else usual[name] * (1 - usual[name]) for name in MEASURES}
    return ArmCounts(people, 2 * people, {name: Measured(usual[name], spread[name]) for name in MEASURES})


def verdict(first: ArmCounts, other: ArmCounts) -> tuple[str, str]:
    result = arm_results(ARMS, {"A": first, "B": other})[1]
    return result.verdict, result.words


def test_better_is_said_with_how_much() -> None:
    word, words = verdict(counted(), counted(clicks=0.15))
    assert word == "better"
    assert words.startswith("B is better: +")
    assert words.endswith(" % clicks.")
    assert " % to +" in words


def test_no_difference_is_not_decided_yet() -> None:
    word, words = verdict(counted(), counted(clicks=0.102))
    assert word == "undecided"
    assert words.startswith("Not decided yet: −")
    assert " % to +" in words


def test_fewer_clicks_harm() -> None:
    word, words = verdict(counted(), counted(clicks=0.06))
    assert word == "harms"
    assert words.startswith("B harms: stop it. −")


def test_a_broken_guardrail_harms_whatever_the_clicks() -> None:
    for broken, noun in ((DEGRADED, "incomplete answers"), (MILLISECONDS, "milliseconds"), (REFUSALS, "skips")):
        word, words = verdict(
            counted(), counted(5_000, clicks=0.15, **{broken: 150.0 if broken == MILLISECONDS else 0.3})
        )
        assert (word, noun in words) == ("harms", True)


def test_a_guardrail_is_held_once_its_bound_is_out_of_reach() -> None:
    measures = {one.measure: one for one in arm_results(ARMS, {"A": counted(), "B": counted()})[1].measures}
    assert {name: measures[name].verdict for name in (DEGRADED, MILLISECONDS)} == {
        DEGRADED: "within",
        MILLISECONDS: "within",
    }
    few = {one.measure: one for one in arm_results(ARMS, {"A": counted(150), "B": counted(150)})[1].measures}
    assert few[REFUSALS].verdict == "undecided"


def test_a_hundred_people_are_needed() -> None:
    word, words = verdict(counted(99), counted(99, clicks=0.9))
    assert (word, words) == ("undecided", "Not decided yet: at least 1 more people are needed.")


def test_an_arm_that_nobody_met_is_there() -> None:
    results: list[Any] = arm_results(ARMS, {})
    assert [(one.arm, one.people, one.share) for one in results] == [("A", 0, 0.5), ("B", 0, 0.5)]
    assert arm_results([], {}) == []


def test_a_split_that_chance_does_not_make_is_a_warning() -> None:
    assert mismatch_warning(arm_results(ARMS, {"A": counted(5_000), "B": counted(5_100)})) == ""
    told = mismatch_warning(arm_results(ARMS, {"A": counted(5_000), "B": counted(4_000)}))
    assert "B 4,000 (50%)" in told
