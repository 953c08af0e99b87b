"""Plots: every mean is drawn at its height with its interval, and said in words."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from recommender.admin.plots import HEIGHT, TOP, Mean, Scale, Series, bars, lines

GROUPS = ("0", "1", "known")
ANNA = Series("Anna & co", [Mean(0.2, 0.1, 0.3), None, Mean(0.05)])
BEN = Series("Ben", [Mean(0.1, 0.08, 0.12), Mean(0.15, 0.1, 0.2), Mean(0.0, 0.0, 0.0)])


@pytest.mark.parametrize("draw", [bars, lines])
def test_every_mean_is_there_in_words(draw: Callable[..., str]) -> None:
    svg = draw("Quality", GROUPS, [ANNA, BEN])
    titles = re.findall(r"<title>(.*?)</title>", svg)
    assert sorted(titles) == [
        "Anna &amp; co, 0: 0.2000 (0.1000–0.3000)",
        "Anna &amp; co, known: 0.0500",
        "Ben, 0: 0.1000 (0.0800–0.1200)",
        "Ben, 1: 0.1500 (0.1000–0.2000)",
        "Ben, known: 0.0000 (0.0000–0.0000)",
    ]
    assert 'aria-label="Quality"' in svg


def test_a_higher_mean_is_a_higher_bar() -> None:
    heights = [float(one) for one in re.findall(r'<rect x=[^>]* height="([\d.]+)" rx', bars("Q", GROUPS, [ANNA]))]
    assert heights[0] == pytest.approx(4 * heights[1], abs=0.3)


def test_the_scale_has_round_ticks_and_room_for_intervals() -> None:
    scale = Scale.of([ANNA, BEN])
    assert [label for _, label in scale.ticks] == ["0.0", "0.1", "0.2", "0.3"]
    assert scale.y(0.3) == TOP
    assert all(TOP <= scale.y(value) < HEIGHT for value in (0.0, 0.1, 0.3))
    assert [label for _, label in Scale.of([]).ticks][-1] == "1.0"
    assert [label for _, label in Scale.of([Series("", [Mean(0.013)])]).ticks] == ["0.000", "0.005", "0.010", "0.015"]
