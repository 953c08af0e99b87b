"""Lines over days: gaps, ticks, dots, and the period before behind."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from recommender.admin.day_plot import BOTTOM, DOTTED, HEIGHT, Line, Scale, drawn

MONDAY = date(2026, 3, 2)


def days(count: int) -> list[date]:
    return [MONDAY + timedelta(days=number) for number in range(count)]


def test_a_line_is_broken_where_there_is_no_value() -> None:
    line = Line("Home", "#123456", [1.0, 2.0, None, 4.0], [1.0, 1.0, 1.0, 1.0])
    svg = drawn("Lists", days(4), [line])
    assert svg.count("<polyline") == 3
    assert svg.count("stroke-dasharray") == 1
    assert svg.count("<circle") == 3
    assert "Home, 5 Mar: 4" in svg
    assert 'aria-label="Lists"' in svg
    assert ">2 Mar<" in svg
    assert ">5 Mar<" in svg


def test_many_days_have_dots_only_where_no_line_reaches() -> None:
    values = [1.0, None, 3.0, *[None] * (DOTTED - 3), 1.0, 2.0]
    assert drawn("Lists", days(len(values)), [Line("Home", "red", values, values)]).count("<circle") == 2


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_and_a_single_day_are_drawn(count: int) -> None:
    lines = [Line("Home", "red", [3.0] * count, [None] * count)] * count
    assert drawn("Lists", days(1), lines).count("<circle") == count


def test_ticks_are_round_whole_for_numbers_and_per_cent_for_shares() -> None:
    def labels(highest: float, percent: bool) -> list[str]:
        return [label for _, label in Scale.of([Line("", "", [highest], [None])], percent).ticks]

    assert labels(2.0, False) == ["0", "1", "2"]
    assert labels(1234.0, False) == ["0", "500", "1,000", "1,500"]
    assert labels(0.07, True) == ["0 %", "2 %", "4 %", "6 %", "8 %"]
    assert labels(0.0123, True) == ["0.0 %", "0.5 %", "1.0 %", "1.5 %"]
    assert Scale.of([], False).y(0.0) == HEIGHT - BOTTOM
