"""A difference with its interval as one line of inline SVG: zero in the middle, a guardrail's bound dashed."""

from __future__ import annotations

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

WIDTH, HEIGHT, MARGIN = 240, 28, 8
COLOURS = {"better": "#0d9488", "within": "#0d9488", "worse": "#ea580c", "broken": "#ea580c"}
OPEN = "#94a3b8"


@dataclass(frozen=True)
class Line:
    """An interval, with what colours it: the verdict of its measure."""

    low: float
    high: float
    verdict: str
    bound: float | None = None

    @property
    def reach(self) -> float:
        """How far from zero it goes."""
        return max(abs(self.low), abs(self.high), self.bound or 0.0)


def drawn(line: Line, reach: float, words: str) -> str:
    """The line on a scale from -reach to reach; `words` say it to those who do not see it."""
    context = {
        "width": WIDTH,
        "height": HEIGHT,
        "middle": HEIGHT / 2,
        "zero": _x(0.0, reach),
        "low": _x(line.low, reach),
        "high": _x(line.high, reach),
        "centre": _x((line.low + line.high) / 2, reach),
        "bound": None if line.bound is None else _x(line.bound, reach),
        "colour": COLOURS.get(line.verdict, OPEN),
        "words": _("%(words)s; the upright line is no difference") % {"words": words},
    }
    return render_to_string("recommender/admin/interval.html", context)


def _x(value: float, reach: float) -> float:
    return round(WIDTH / 2 + (WIDTH / 2 - MARGIN) * value / (reach or 1.0), 1)
