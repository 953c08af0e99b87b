from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from recommender.plugins.rule_settings import RuleSettings
from recommender.selectors.rule_windows import in_force, is_open, spans, window

FRIDAY = date(2026, 11, 27)


def told(rule: RuleSettings, day: date = FRIDAY) -> list[str]:
    return [f"{start:%H:%M}-{end:%H:%M}" for start, end in spans(rule, day)]


def test_without_a_window_the_whole_day_is_open() -> None:
    assert told(RuleSettings()) == ["00:00-00:00"]


def test_weekdays_hours_and_dates_narrow_the_day() -> None:
    assert told(RuleSettings(weekdays=("monday",))) == []
    hours = RuleSettings(weekdays=("friday",), from_time=time(9), to_time=time(17))
    assert told(hours) == ["09:00-17:00"]
    assert told(hours.model_copy(update={"starts_at": datetime(2026, 11, 27, 12)})) == ["12:00-17:00"]
    assert told(hours.model_copy(update={"ends_at": datetime(2026, 11, 27, 9)})) == []


def test_over_midnight_a_day_has_two_parts() -> None:
    assert told(RuleSettings(from_time=time(22), to_time=time(6))) == ["00:00-06:00", "22:00-00:00"]


@pytest.mark.parametrize("hour", range(0, 24, 3))
@pytest.mark.parametrize(
    "rule",
    [
        RuleSettings(from_time=time(22), to_time=time(6), weekdays=("friday", "saturday")),
        RuleSettings(from_time=time(8), to_time=time(20), starts_at=datetime(2026, 11, 27, 10)),
        RuleSettings(ends_at=datetime(2026, 11, 28, 4)),
    ],
)
def test_the_spans_say_what_the_rule_itself_says(rule: RuleSettings, hour: int) -> None:
    for day in (26, 27, 28, 29):
        moment = datetime(2026, 11, day, hour, 30)
        within = any(start <= moment < end for start, end in spans(rule, moment.date()))
        assert within == rule.is_open(moment.replace(tzinfo=UTC))


def test_rules_in_force_are_counted_of_those_that_are_enabled() -> None:
    rows = [
        {"kind": "rule", "plugin": "pin", "settings": settings, "enabled": enabled}
        for settings, enabled in (({}, True), ({"ends_at": "2026-01-01T00:00"}, True), ({}, False))
    ]
    assert in_force({"rules": rows}, datetime(2026, 11, 27, tzinfo=UTC)) == (1, 2)


def test_what_has_no_window_is_always_open() -> None:
    assert window("lost", {}) is None
    assert is_open("lost", {}, datetime(2026, 11, 27, tzinfo=UTC))
