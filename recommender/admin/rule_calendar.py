"""A month of a placement: on which days the window of which rule is open."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from recommender.models import PlacementRule
from recommender.plugins.rule_settings import WEEKDAYS, RuleSettings
from recommender.selectors.rule_windows import Span, spans, window


def month_of(text: str) -> date:
    """The first day of “2026-11”; of this month where the text is none."""
    year, _dash, month = text.partition("-")
    today = timezone.localdate()
    if year.isdecimal() and month.isdecimal() and 1 <= int(month) <= 12 and 2 <= int(year) <= 9998:
        return date(int(year), int(month), 1)
    return today.replace(day=1)


def calendar(rules: Iterable[PlacementRule], month: date) -> dict[str, Any]:
    """A row for each rule, a cell for each day of the month."""
    days = [month + timedelta(days=one) for one in range(monthrange(month.year, month.month)[1])]
    today = timezone.localdate()
    return {
        "title": date_format(month, _("F Y")),
        "before": (month - timedelta(days=1)).strftime("%Y-%m"),
        "after": (days[-1] + timedelta(days=1)).strftime("%Y-%m"),
        "days": [
            {"day": day.day, "weekday": date_format(day, "D"), "today": day == today, "rest": day.weekday() >= 5}
            for day in days
        ],
        "rows": [_row(one, days) for one in rules],
    }


def _row(rule: PlacementRule, days: Sequence[date]) -> dict[str, Any]:
    found = window(rule.configuration.plugin, rule.configuration.settings)
    return {
        "rule": rule,
        "told": _told_of(found) if found else "",
        "cells": [_cell(found, day) if rule.enabled else _cell_of("off", _("disabled"), day) for day in days],
    }


def _told_of(found: RuleSettings) -> str:
    """The window in words; empty where the rule always holds."""
    parts = []
    if found.weekdays:
        parts.append(", ".join(str(WEEKDAYS_ABBR[WEEKDAYS.index(one)]) for one in found.weekdays))
    if found.from_time is not None and found.to_time is not None:
        hours = {"start": f"{found.from_time:%H:%M}", "end": f"{found.to_time:%H:%M}"}
        parts.append(_("%(start)s to %(end)s") % hours)
    if found.starts_at:
        parts.append(_("from %(moment)s") % {"moment": f"{found.starts_at:%Y-%m-%d %H:%M}"})
    if found.ends_at:
        parts.append(_("until %(moment)s") % {"moment": f"{found.ends_at:%Y-%m-%d %H:%M}"})
    return " · ".join([*parts, found.time_zone]) if parts else ""


def _cell(found: RuleSettings | None, day: date) -> dict[str, Any]:
    open_at = spans(found, day) if found else None
    if open_at is None or sum(((end - start) for start, end in open_at), timedelta()) == timedelta(days=1):
        return _cell_of("all", _("all day"), day)
    return _cell_of("part", _told(open_at), day) if open_at else _cell_of("closed", _("closed"), day)


def _cell_of(state: str, words: str, day: date) -> dict[str, Any]:
    return {"state": state, "words": words, "title": f"{date_format(day)}: {words}"}


def _told(open_at: Iterable[Span]) -> str:
    """“09:00 to 17:00”; midnight at the end of the day is 24:00."""
    parts = (
        _("%(start)s to %(end)s")
        % {"start": f"{start:%H:%M}", "end": "24:00" if end.date() > start.date() else f"{end:%H:%M}"}
        for start, end in open_at
    )
    return ", ".join(parts)
