"""When rules hold: now, and on which days of a month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from pydantic import ValidationError

from recommender.plugins.exceptions import PluginNotFoundError
from recommender.plugins.registry import plugin_class
from recommender.plugins.rule_settings import WEEKDAYS, RuleSettings
from recommender.selectors.revisions import rows_of

Span = tuple[datetime, datetime]
"""From and until, of the rule's own time zone."""


def window(plugin: str, settings: Mapping[str, Any]) -> RuleSettings | None:
    """The settings of a rule that have its window; None of a rule that has none or cannot be made."""
    try:
        read = plugin_class("rule", plugin).Settings.model_validate(settings)
    except (PluginNotFoundError, ValidationError):
        return None
    return read if isinstance(read, RuleSettings) else None


def is_open(plugin: str, settings: Mapping[str, Any], moment: datetime) -> bool:
    """Whether the rule holds at this moment for whom it is meant; a rule without a window always does."""
    found = window(plugin, settings)
    return found is None or found.is_open(moment)


def in_force(state: Mapping[str, Any], moment: datetime) -> tuple[int, int]:
    """Of a snapshot: how many of its enabled rules hold at this moment, and how many there are."""
    enabled = [row for row in rows_of(state) if row["enabled"] and row["kind"] == "rule"]
    return sum(is_open(row["plugin"], row["settings"], moment) for row in enabled), len(enabled)


def spans(rule: RuleSettings, day: date) -> list[Span]:
    """When the rule's window is open on a day, in order; both of the rule's time zone."""
    if rule.weekdays and WEEKDAYS[day.weekday()] not in rule.weekdays:
        return []
    found = [(max(start, rule.starts_at or start), min(end, rule.ends_at or end)) for start, end in _hours(rule, day)]
    return [(start, end) for start, end in found if start < end]


def _hours(rule: RuleSettings, day: date) -> list[Span]:
    midnight = datetime.combine(day, time.min)
    night = midnight + timedelta(days=1)
    if rule.from_time is None or rule.to_time is None:
        return [(midnight, night)]
    start, end = datetime.combine(day, rule.from_time), datetime.combine(day, rule.to_time)
    return [(start, end)] if start <= end else [(midnight, end), (start, night)]
