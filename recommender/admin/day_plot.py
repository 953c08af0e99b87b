"""Lines over days as inline SVG, the period before behind them, dashed and pale. No script; light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import floor, log10

from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _

WIDTH, HEIGHT = 420, 220
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 10, 28
MOST_TICKS = 4
DOTTED = 31
"""Up to so many days each has a dot that says its value."""

Values = Sequence[float | None]


@dataclass(frozen=True)
class Line:
    """One placement's values by day, None where there is none, and those of the period before."""

    title: str
    colour: str
    now: Values
    before: Values


@dataclass(frozen=True)
class Scale:
    """Values → pixels, from zero upwards."""

    top: float
    step: float
    percent: bool

    @classmethod
    def of(cls, lines: Iterable[Line], percent: bool) -> Scale:
        """Round ticks with room for every value; numbers of lists are whole."""
        highest = max((value for line in lines for value in (*line.now, *line.before) if value), default=0.0)
        highest = highest or (0.1 if percent else 4.0)
        size = 10.0 ** floor(log10(highest / MOST_TICKS))
        step = next(size * one for one in (1, 2, 5, 10) if highest / (size * one) <= MOST_TICKS)
        step = step if percent else max(step, 1.0)
        return cls(step * -(-highest // step), step, percent)

    def y(self, value: float) -> float:
        """Where a value is drawn."""
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / self.top), 1)

    def told(self, value: float) -> str:
        """A value in words."""
        if not self.percent:
            return f"{value:,.0f}"
        return f"{100 * value:.{0 if self.step >= 0.01 else 1}f} %"

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Height and label of each line of the grid."""
        return [(self.y(n * self.step), self.told(n * self.step)) for n in range(round(self.top / self.step) + 1)]


def drawn(title: str, days: Sequence[date], lines: Sequence[Line], *, percent: bool = False) -> str:
    """The plot. All values are of `days`, those before of as many days that ended right before."""
    scale = Scale.of(lines, percent)
    xs = [_x(place, len(days)) for place in range(len(days))]
    now = [(path, line.colour) for line in lines for path in _paths(scale, xs, line.now)]
    before = [(path, line.colour) for line in lines for path in _paths(scale, xs, line.before)]
    context = {
        "title": title,
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "ticks": scale.ticks,
        "labels": _labels(days, xs),
        "before": before,
        "now": now,
        "dots": [dot for line in lines for dot in _dots(scale, days, xs, line)],
    }
    return render_to_string("recommender/admin/day_plot.html", context)


def _x(place: int, count: int) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * (place / (count - 1) if count > 1 else 0.5), 1)


def _paths(scale: Scale, xs: Sequence[float], values: Values) -> Iterator[str]:
    """A line for every run of days that have a value."""
    run: list[str] = []
    for x, value in zip(xs, values, strict=True):
        if value is not None:
            run.append(f"{x},{scale.y(value)}")
        elif run:
            yield " ".join(run)
            run = []
    if run:
        yield " ".join(run)


def _dots(scale: Scale, days: Sequence[date], xs: Sequence[float], line: Line) -> Iterator[dict[str, object]]:
    """A dot for each value, or, of many days, for those that no line reaches."""
    around = (None, *line.now, None)
    for place, value in enumerate(line.now):
        lonely = around[place] is None and around[place + 2] is None
        if value is not None and (len(days) <= DOTTED or lonely):
            words = f"{line.title}, {date_format(days[place], 'j M')}: {scale.told(value)}"
            yield {"x": xs[place], "y": scale.y(value), "colour": line.colour, "words": words}


def _labels(days: Sequence[date], xs: Sequence[float]) -> list[tuple[float, str, str]]:
    """The first day, the middle and the last, each with where its text is anchored."""
    places = dict.fromkeys((0, (len(days) - 1) // 2, len(days) - 1))
    anchors = ("start", "middle", "end")
    return [
        (xs[place], anchor, date_format(days[place], _("j M"))) for place, anchor in zip(places, anchors, strict=False)
    ]
