"""Bars of the shares that sources have in a score: what lifts an item right of zero, what lowers it left of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from recommender.schemas import RecommendedItem

COLOURS = 8
CONSTANT = "constant"


@dataclass(frozen=True)
class Segment:
    """One source's part of a bar; left and width in per cent of the whole."""

    title: str
    share: float
    colour: str
    left: float
    width: float

    @property
    def told(self) -> str:
        """The share with its sign."""
        return signed(self.share)


@dataclass(frozen=True)
class Bar:
    """The bar of one item. Zero and the score are in per cent from the left."""

    segments: Sequence[Segment]
    zero: float
    score: float
    words: str


@dataclass(frozen=True)
class Palette:
    """Name and colour of every source; lists side by side share them."""

    titles: Mapping[str, str]
    colours: Mapping[str, str]

    @classmethod
    def of(cls, items: Iterable[RecommendedItem], titles: Mapping[str, str]) -> Palette:
        """Colours by weight, so that the first ones go to what decides most. `titles` are configurations' by slug."""
        weight: dict[str, float] = {}
        for item in items:
            for source, share in grouped(item).items():
                weight[source] = weight.get(source, 0.0) + abs(share)
        heavy = sorted((one for one in weight if one != CONSTANT and weight[one] > 0), key=lambda one: -weight[one])
        colours = {source: str(min(place, COLOURS - 1)) for place, source in enumerate(heavy)}
        if weight.get(CONSTANT):
            colours[CONSTANT] = CONSTANT
        return cls({source: title_of(source, titles) for source in weight}, colours)

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Colour and name of every source, the weightiest first."""
        return [(colour, self.titles[source]) for source, colour in self.colours.items()]


@dataclass(frozen=True)
class Scale:
    """From the lowest to the highest sum of shares. Only lists of one fusion strategy can share it."""

    lowest: float
    highest: float

    @classmethod
    def of(cls, items: Iterable[RecommendedItem]) -> Scale:
        """A scale that has room for all these items."""
        shares = [list(grouped(item).values()) for item in items]
        lowest = min((sum(one for one in own if one < 0) for own in shares), default=0.0)
        return cls(lowest, max((sum(one for one in own if one > 0) for own in shares), default=0.0))

    def percent(self, value: float) -> float:
        """Where a value stands, from the left."""
        return round(100 * (value - self.lowest) / ((self.highest - self.lowest) or 1.0), 2)


def bar(item: RecommendedItem, scale: Scale, palette: Palette) -> Bar:
    """The bar of an item: the largest shares next to zero, on either side."""
    shares = sorted(grouped(item).items(), key=lambda one: -abs(one[1]))
    ends = {True: 0.0, False: 0.0}
    segments = []
    for source, share in shares:
        if not share:
            continue
        start = ends[share > 0]
        ends[share > 0] = end = start + share
        left, right = sorted((scale.percent(start), scale.percent(end)))
        title, colour = palette.titles[source], palette.colours[source]
        segments.append(Segment(title, share, colour, left, round(right - left, 2)))
    words = "; ".join(f"{one.title} {one.told}" for one in segments)
    told = _("Shares of the score %(score)s: %(shares)s") % {"score": f"{item.score:.3f}", "shares": words}
    return Bar(segments, scale.percent(0.0), scale.percent(item.score), told)


def grouped(item: RecommendedItem) -> dict[str, float]:
    """The share of each source: the columns of one ranker count together, so the sum stays the score."""
    shares: dict[str, float] = {}
    for one in item.explanation.sources if item.explanation else []:
        source = one.source.partition(".")[0]
        shares[source] = shares.get(source, 0.0) + one.share
    return shares


def title_of(source: str, titles: Mapping[str, str]) -> str:
    """A source in words: the configuration's title and its column, or what the fusion itself calls it."""
    name, _dot, column = source.partition(".")
    if name in titles:
        return f"{titles[name]} · {column}" if column else titles[name]
    own = {CONSTANT: _("Constant"), "is_new": _("New item"), "popularity_prior": _("Popularity in general")}
    return own.get(name) or name.replace("_", " ").replace("-", " ").capitalize()


def signed(value: float) -> str:
    """With a sign that is as wide as a plus."""
    return f"{value:+.3f}".replace("-", "\N{MINUS SIGN}")
