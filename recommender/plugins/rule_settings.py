"""What every rule can be told besides its own settings: when it holds, for whom, and which items it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, NaiveDatetime, model_validator

from recommender.plugins.contracts import PluginSettings
from recommender.plugins.types import AttributeFilter, Target

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ARM = re.compile(r"[\w-]+/[\w-]+", re.ASCII)
FORTNIGHT, HALF_A_YEAR = timedelta(days=14), timedelta(days=182)
SOME_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
_CONDITION = re.compile(r"\s*(?P<name>[^<>=]+?)\s*(?P<sign><=|>=|=)\s*(?P<value>.+?)\s*", re.DOTALL)


def condition_of(text: str) -> AttributeFilter:
    """`brand = Acme | Bolt`, `year >= 1990` or `year <= 2000` as a condition; ValueError says how to write one."""
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no condition: write brand = Acme | Bolt, year >= 1990 or year <= 2000")
    name, sign, value = found["name"], found["sign"], found["value"]
    if sign == "=":
        values = tuple(part.strip() for part in value.split("|") if part.strip())
        if not values:
            raise ValueError(f"{text!r} names no value: write brand = Acme | Bolt")
        return AttributeFilter(name, values)
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"{text!r} compares with {value!r}, which is no number") from None
    return AttributeFilter(name, minimum=number) if sign == ">=" else AttributeFilter(name, maximum=number)


def _condition(text: str) -> str:
    condition_of(text)
    return text


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    """Read once: the standard library walks through a folder of files each time."""
    return frozenset(available_timezones())


def _zone(name: str) -> str:
    """A zone that exists; an empty one is UTC."""
    if not name.strip():
        return "UTC"
    if name not in _zones():
        raise ValueError(f"{name!r} is no time zone: write one such as Europe/Berlin, Asia/Shanghai or UTC")
    return name


def _arm(text: str) -> str:
    if _ARM.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no arm: write experiment/arm, such as new-fusion/B")
    return text


Condition = Annotated[str, AfterValidator(_condition)]
ArmName = Annotated[str, AfterValidator(_arm)]


class RuleSettings(PluginSettings):
    """When a rule holds and for whom. Nothing set: always, for everybody. Settings of rules inherit from it."""

    starts_at: NaiveDatetime | None = Field(None, title="From", description="Date and time of the time zone below.")
    ends_at: NaiveDatetime | None = Field(None, title="Until", description="From then on the rule does nothing.")
    weekdays: tuple[Weekday, ...] = Field((), title="Weekdays", description="None: on every day.")
    from_time: time | None = Field(None, title="From this time of day")
    to_time: time | None = Field(
        None, title="Until this time of day", description="Earlier than the first: over midnight."
    )
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(
        "UTC", title="Time zone", description="Such as Europe/Berlin or Asia/Shanghai."
    )
    audience: Literal["everybody", "new", "regular"] = Field(
        "everybody", title="People", description="New: of whom no chosen item is known yet."
    )
    audience_languages: tuple[str, ...] = Field(
        (), title="Languages", description="Only for people of these languages, such as en or zh."
    )
    audience_attributes: tuple[Condition, ...] = Field(
        (),
        title="Attributes of the person",
        description="Every line must hold: city = Berlin | Hamburg, age >= 30.",
    )
    audience_arms: tuple[ArmName, ...] = Field(
        (),
        title="Arms of experiments",
        description="Only for people whom one of these arms answers, such as new-fusion/B.",
    )

    @model_validator(mode="after")
    def _window_is_open_at_all(self) -> Self:
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValueError(f"it ends at {self.ends_at}, which is not after its start at {self.starts_at}")
        if (self.from_time is None) != (self.to_time is None):
            raise ValueError("give both times of day, or neither")
        if self.from_time is not None and self.from_time == self.to_time:
            raise ValueError(f"it opens and closes at {self.from_time}: leave both times empty for the whole day")
        return self

    def is_open(self, moment: datetime) -> bool:
        """Whether the window is open at this moment (with a time zone); the weekday is that of the rule's zone."""
        local = moment.astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None)
        if self.starts_at is not None and local < self.starts_at:
            return False
        if self.ends_at is not None and local >= self.ends_at:
            return False
        if self.weekdays and WEEKDAYS[local.weekday()] not in self.weekdays:
            return False
        return self._within_hours(local.time())

    def _within_hours(self, now: time) -> bool:
        if self.from_time is None or self.to_time is None:
            return True
        if self.from_time <= self.to_time:
            return self.from_time <= now < self.to_time
        return now >= self.from_time or now < self.to_time

    def is_for(self, attributes: dict[str, Any], language: str, events: int, arm: str = "") -> bool:
        """Whether it is meant for a person with these attributes, this language and so many chosen items.

        `arm` is that of the experiment that answers, as "new-fusion/B"; empty without one.
        """
        if self.audience_arms and arm not in self.audience_arms:
            return False
        if self.audience != "everybody" and (self.audience == "new") != (events == 0):
            return False
        if self.audience_languages and language.split("-")[0] not in self.audience_languages:
            return False
        return all(holds(condition_of(text), attributes) for text in self.audience_attributes)

    def meets(self, other: RuleSettings) -> bool:
        """Whether both can hold at one moment for one person; assumed where it cannot be ruled out."""
        return _audiences_meet(self, other) and _windows_meet(self, other)


class TargetSettings(RuleSettings):
    """The same, and which items the rule is about: one part is enough, of the attributes every line must hold."""

    items: tuple[str, ...] = Field((), title="Items", description="Item ids of the catalog.")
    categories: tuple[str, ...] = Field((), title="Categories", description="Every item of any of these categories.")
    tags: tuple[str, ...] = Field((), title="Tags", description="Every item with any of these tags.")
    attributes: tuple[Condition, ...] = Field(
        (),
        title="Attributes of the item",
        description="Every item for which all lines hold: brand = Acme | Bolt, year >= 1990.",
    )

    @property
    def target(self) -> Target:
        """As eligibility reads it."""
        return Target(self.items, self.categories, self.tags, tuple(map(condition_of, self.attributes)))


def holds(condition: AttributeFilter, attributes: dict[str, Any]) -> bool:
    """Whether attributes meet a condition: texts without regard to case; of a list any element."""
    value = attributes.get(condition.name)
    values: Sequence[Any] = value if isinstance(value, list) else [value]
    if condition.values:
        wanted = {str(one).casefold() for one in condition.values}
        return any(one is not None and _text(one).casefold() in wanted for one in values)
    low = float("-inf") if condition.minimum is None else condition.minimum
    high = float("inf") if condition.maximum is None else condition.maximum
    return any(isinstance(one, int | float) and not isinstance(one, bool) and low <= one <= high for one in values)


def _text(value: Any) -> str:
    """As the condition of a person would write it: true for True, 7 for 7.0."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _audiences_meet(one: RuleSettings, other: RuleSettings) -> bool:
    if {one.audience, other.audience} == {"new", "regular"}:
        return False
    for name in ("audience_languages", "audience_arms"):  # a request has one language and at most one arm
        mine, theirs = set(getattr(one, name)), set(getattr(other, name))
        if mine and theirs and not mine & theirs:
            return False
    return not any(
        _exclude(condition_of(mine), condition_of(theirs))
        for mine in one.audience_attributes
        for theirs in other.audience_attributes
    )


def _exclude(one: AttributeFilter, other: AttributeFilter) -> bool:
    """Whether nobody with a single value of the attribute meets both conditions."""
    if one.name != other.name:
        return False
    if one.values and other.values:
        return not {str(value).casefold() for value in one.values} & {str(value).casefold() for value in other.values}
    lows = [low for low in (one.minimum, other.minimum) if low is not None]
    highs = [high for high in (one.maximum, other.maximum) if high is not None]
    return bool(lows and highs) and max(lows) > min(highs)


def _windows_meet(one: RuleSettings, other: RuleSettings) -> bool:
    """What two windows share begins where one of them opens: at a start, at midnight, or at a time of day."""
    starts = [_moment(rule, rule.starts_at) for rule in (one, other) if rule.starts_at is not None]
    ends = [_moment(rule, rule.ends_at) for rule in (one, other) if rule.ends_at is not None]
    first = max(starts) if starts else min(ends) - FORTNIGHT if ends else SOME_MONDAY
    opening = [first]
    for season in (first, first + HALF_A_YEAR):  # summer time may bring hours of two zones together, or apart
        for day in range(-1, FORTNIGHT.days + 1):
            date = (season + timedelta(days=day)).date()
            for rule in (one, other):
                opening += [_moment(rule, datetime.combine(date, at)) for at in (time(), rule.from_time or time())]
    return any(one.is_open(moment) and other.is_open(moment) for moment in opening)


def _moment(rule: RuleSettings, local: datetime) -> datetime:
    return local.replace(tzinfo=ZoneInfo(rule.time_zone)).astimezone(UTC)
