from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from recommender.plugins.query import AttributeFilter, Target
from recommender.plugins.rule_settings import RuleSettings, TargetSettings, condition_of


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("brand = Acme | Bolt", AttributeFilter("brand", ("Acme", "Bolt"))),
        ("year>=1990", AttributeFilter("year", minimum=1990.0)),
        (" price of it <= 9.5 ", AttributeFilter("price of it", maximum=9.5)),
    ],
)
def test_a_condition_is_read(text: str, condition: AttributeFilter) -> None:
    assert condition_of(text) == condition


@pytest.mark.parametrize("text", ["", "brand", "= Acme", "brand = | ", "year >= soon"])
def test_what_is_no_condition_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValidationError, match=r"write|names no value|no number"):
        TargetSettings(attributes=(text,))


def test_without_settings_a_rule_holds_always_and_for_everybody() -> None:
    rule = RuleSettings()
    assert rule.is_open(at("2026-01-01T00:00"))
    assert rule.is_for({}, "", 0)


def test_a_window_is_of_its_own_time_zone_and_ends_before_its_end() -> None:
    rule = RuleSettings.model_validate(
        {"starts_at": "2026-12-24T00:00", "ends_at": "2026-12-26T00:00", "time_zone": "Asia/Shanghai"}
    )
    assert not rule.is_open(at("2026-12-23T15:59"))
    assert rule.is_open(at("2026-12-23T16:00"))
    assert rule.is_open(at("2026-12-25T15:59"))
    assert not rule.is_open(at("2026-12-25T16:00"))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23T09:00", True),
        ("2026-11-23T08:59", False),
        ("2026-11-23T17:00", False),
        ("2026-11-24T10:00", False),  # a Tuesday
    ],
)
def test_weekdays_and_hours(moment: str, is_open: bool) -> None:
    rule = RuleSettings.model_validate({"weekdays": ["monday"], "from_time": "09:00", "to_time": "17:00"})
    assert rule.is_open(at(moment)) is is_open


def test_hours_over_midnight() -> None:
    rule = RuleSettings.model_validate({"from_time": "22:00", "to_time": "06:00"})
    assert [rule.is_open(at(f"2026-11-23T{hour}")) for hour in ("21:59", "22:00", "05:59", "06:00")] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"starts_at": "2026-01-02T00:00", "ends_at": "2026-01-01T00:00"}, "not after its start"),
        ({"from_time": "09:00"}, "both times of day"),
        ({"from_time": "09:00", "to_time": "09:00"}, "whole day"),
        ({"time_zone": "Mars"}, "Europe/Berlin"),
        ({"weekdays": ["holiday"]}, "monday"),
        ({"starts_at": "2026-01-01T00:00Z"}, "timezone"),
    ],
)
def test_a_window_that_cannot_be_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        RuleSettings.model_validate(settings)


def test_new_and_regular() -> None:
    new, regular = RuleSettings(audience="new"), RuleSettings(audience="regular")
    assert [one.is_for({}, "en", events) for one in (new, regular) for events in (0, 1)] == [True, False, False, True]


def test_attributes_of_a_person_in_lists_numbers_and_flags() -> None:
    rule = RuleSettings(audience_attributes=("city = berlin", "age >= 30", "member = true"))
    anna = {"city": ["Berlin", "Rome"], "age": 30, "member": True}
    assert rule.is_for(anna, "", 0)
    for missing in anna:
        assert not rule.is_for({name: value for name, value in anna.items() if name != missing}, "", 0)
    assert not rule.is_for(anna | {"age": "30"}, "", 0)


def test_a_target_is_what_the_settings_name() -> None:
    assert TargetSettings().target.is_empty
    settings = TargetSettings(items=("a",), tags=("sale",), attributes=("brand = Acme",))
    assert settings.target == Target(("a",), (), ("sale",), (AttributeFilter("brand", ("Acme",)),))


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ({}, {}, True),
        ({"ends_at": "2026-01-02T00:00"}, {"starts_at": "2026-01-02T00:00"}, False),
        ({"ends_at": "2026-01-02T00:00"}, {"starts_at": "2026-01-01T23:59"}, True),
        ({"ends_at": "2026-01-02T00:00"}, {"starts_at": "2026-01-02T00:00", "time_zone": "Asia/Shanghai"}, True),
        ({"weekdays": ["monday", "tuesday"]}, {"weekdays": ["tuesday"]}, True),
        ({"weekdays": ["monday"]}, {"weekdays": ["tuesday"]}, False),
        ({"weekdays": ["monday"]}, {"weekdays": ["tuesday"], "time_zone": "Asia/Shanghai"}, True),
        ({"from_time": "09:00", "to_time": "12:00"}, {"from_time": "12:00", "to_time": "18:00"}, False),
        ({"from_time": "22:00", "to_time": "06:00"}, {"from_time": "05:00", "to_time": "07:00"}, True),
        ({"from_time": "22:00", "to_time": "06:00"}, {"from_time": "06:00", "to_time": "07:00"}, False),
        ({"weekdays": ["friday"]}, {"starts_at": "2026-11-23T00:00", "ends_at": "2026-11-27T00:00"}, False),
        ({"weekdays": ["friday"]}, {"starts_at": "2026-11-23T00:00", "ends_at": "2026-11-27T00:01"}, True),
        (
            {"from_time": "08:00", "to_time": "09:00", "time_zone": "Europe/Berlin"},
            {"from_time": "06:00", "to_time": "07:00"},  # the same hour in summer only
            True,
        ),
        ({"audience": "new"}, {"audience": "regular"}, False),
        ({"audience": "new"}, {"audience": "everybody"}, True),
        ({"audience_languages": ["en"]}, {"audience_languages": ["zh", "de"]}, False),
        ({"audience_languages": ["en"]}, {}, True),
        ({"audience_arms": ["x/A"]}, {"audience_arms": ["x/B"]}, False),
        ({"audience_attributes": ["city = Berlin"]}, {"audience_attributes": ["city = Rome | Paris"]}, False),
        ({"audience_attributes": ["city = Berlin"]}, {"audience_attributes": ["city = berlin"]}, True),
        ({"audience_attributes": ["age >= 30"]}, {"audience_attributes": ["age <= 29"]}, False),
        ({"audience_attributes": ["age >= 30"]}, {"audience_attributes": ["age >= 50"]}, True),
        ({"audience_attributes": ["age >= 30"]}, {"audience_attributes": ["size <= 29"]}, True),
    ],
)
def test_rules_meet_where_both_can_hold(one: dict[str, Any], other: dict[str, Any], meet: bool) -> None:
    first, second = RuleSettings.model_validate(one), RuleSettings.model_validate(other)
    assert first.meets(second) is second.meets(first) is meet


def test_an_audience_by_arm() -> None:
    rule = RuleSettings(audience_arms=("new-fusion/B", "new-fusion/C"))
    assert [rule.is_for({}, "", 0, arm) for arm in ("new-fusion/B", "new-fusion/A", "", "old/B")] == [
        True,
        *[False] * 3,
    ]
    assert RuleSettings().is_for({}, "", 0, "new-fusion/B")
    for wrong in ("B", "new fusion/B", "a/b/c"):
        with pytest.raises(ValidationError, match="write experiment/arm"):
            RuleSettings(audience_arms=(wrong,))
