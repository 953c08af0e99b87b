"""Plots as inline SVG: means with their intervals, by group. No script; readable in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor, log10

from django.template.loader import render_to_string

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 12, 34
COLOURS = ("#9333ea", "#94a3b8", "#0d9488", "#ea580c", "#2563eb", "#ca8a04")
"""The first is the pipeline's; the others are told apart without red and green."""
MOST_TICKS = 5
SHARE_OF_BARS = 0.76
SPREAD = 7.0
"""Pixels between the points of neighbouring series, so that their intervals do not cover one another."""


@dataclass(frozen=True)
class Mean:
    """A mean with its 95 % interval; no bounds where one person stands behind it."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Series:
    """One system's means, one per group; None where it was not asked."""

    title: str
    means: Sequence[Mean | None]


@dataclass(frozen=True)
class Mark:
    """One mean as it is drawn; all in pixels."""

    x: float
    y: float
    low: float
    high: float
    colour: str
    words: str
    width: float = 0.0
    height: float = 0.0

    @property
    def middle(self) -> float:
        """Where the interval stands."""
        return self.x + self.width / 2

    @property
    def caps(self) -> tuple[float, float]:
        """Left and right end of the interval's caps."""
        return self.middle - 3, self.middle + 3


@dataclass(frozen=True)
class Scale:
    """Values → pixels, from zero upwards."""

    top: float
    step: float

    @classmethod
    def of(cls, series: Sequence[Series]) -> Scale:
        """A scale with round ticks that has room for every interval."""
        highest = max((max(one.value, one.high or 0.0) for line in series for one in line.means if one), default=0.0)
        highest = highest or 1.0
        size = 10.0 ** floor(log10(highest / MOST_TICKS))
        step = next(size * one for one in (1, 2, 5, 10) if highest / (size * one) <= MOST_TICKS)
        return cls(step * -(-highest // step), step)

    def y(self, value: float) -> float:
        """Where a value is drawn."""
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / self.top), 1)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Height and label of each line of the grid."""
        count = round(self.top / self.step)
        digits = max(0, -floor(log10(self.step)))
        return [(self.y(n * self.step), f"{n * self.step:.{digits}f}") for n in range(count + 1)]


def bars(title: str, groups: Sequence[str], series: Sequence[Series]) -> str:
    """Bars side by side in every group, each with its interval."""
    scale, slot = Scale.of(series), _slot(groups)
    width = round(slot * SHARE_OF_BARS / max(len(series), 1), 1)
    marks = []
    for place, group, number, line, mean in _every(groups, series):
        x = LEFT + slot * (place + (1 - SHARE_OF_BARS) / 2) + number * width
        marks.append(_mark(scale, round(x, 1), line, group, mean, number, width=width - 2))
    return _drawn(title, groups, series, scale, marks=marks)


def lines(title: str, groups: Sequence[str], series: Sequence[Series]) -> str:
    """A line for each series through its means, each with its interval."""
    scale, slot = Scale.of(series), _slot(groups)
    marks: list[Mark] = []
    paths: list[tuple[str, str]] = []
    for number in range(len(series)):
        aside = (number - (len(series) - 1) / 2) * SPREAD
        own = [
            _mark(scale, round(LEFT + slot * (place + 0.5) + aside, 1), line, group, mean, number)
            for place, group, other, line, mean in _every(groups, series)
            if other == number
        ]
        paths.append((" ".join(f"{one.x},{one.y}" for one in own), _colour(number)))
        marks += own
    return _drawn(title, groups, series, scale, marks=marks, paths=paths)


def _every(groups: Sequence[str], series: Sequence[Series]) -> Iterator[tuple[int, str, int, Series, Mean]]:
    for place, group in enumerate(groups):
        for number, line in enumerate(series):
            if (mean := line.means[place]) is not None:
                yield place, group, number, line, mean


def _mark(scale: Scale, x: float, line: Series, group: str, mean: Mean, number: int, width: float = 0.0) -> Mark:
    low, high = (mean.value if bound is None else bound for bound in (mean.low, mean.high))
    bounds = "" if mean.low is None or mean.high is None else f" ({low:.4f}–{high:.4f})"
    y = scale.y(mean.value)
    return Mark(
        x=x,
        y=y,
        low=scale.y(max(low, 0.0)),
        high=scale.y(high),
        colour=_colour(number),
        words=f"{line.title}, {group}: {mean.value:.4f}{bounds}",
        width=round(width, 1),
        height=round(scale.y(0.0) - y, 1),
    )


def _slot(groups: Sequence[str]) -> float:
    return (WIDTH - LEFT - RIGHT) / max(len(groups), 1)


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _drawn(
    title: str,
    groups: Sequence[str],
    series: Sequence[Series],
    scale: Scale,
    marks: Sequence[Mark],
    paths: Sequence[tuple[str, str]] = (),
) -> str:
    slot = _slot(groups)
    named = [(round(LEFT + slot * (place + 0.5), 1), HEIGHT - BOTTOM + 20, group) for place, group in enumerate(groups)]
    context = {
        "title": title,
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "ticks": scale.ticks,
        "groups": named,
        "marks": marks,
        "paths": paths,
        "legend": [(_colour(number), line.title) for number, line in enumerate(series)],
    }
    return render_to_string("recommender/admin/plot.html", context)
