"""May a candidate go live? Only when it is better than the live pipeline, and no segment pays for it.

Both were fitted on the same part of the events and asked the same held-out questions; this decides on the answers
alone and touches nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.training.metrics import (
    SEGMENTS,
    TOTAL,
    Comparison,
    Difference,
    Judged,
    compare,
    no_worse_than,
    only,
    plain,
)


@dataclass(frozen=True)
class GateSettings:
    """`worst_loss`: no segment may be worse by more than this share of the live figure, beyond luck.

    `fewest_people`: with fewer people behind all questions nothing is decided. `fewest_in_segment`: a segment with
    fewer is judged all the same, its interval is wide, and the reasons say so. `fewest_to_count`: a segment with fewer
    says nothing at all and is left out of the mean. `may_be_even`: it is enough not to be worse beyond luck, where
    nothing but the events is new.
    """

    worst_loss: float = 0.05
    fewest_people: int = 30
    fewest_in_segment: int = 30
    fewest_to_count: int = 5
    seed: int = 0
    may_be_even: bool = False


@dataclass(frozen=True)
class Verdict:
    """The decision, why in plain words, and the figures behind it as JSON would keep them."""

    passed: bool
    reasons: list[str]
    figures: dict[str, Any] = field(default_factory=dict)


def decide(candidate: Judged, live: Judged, settings: GateSettings | None = None) -> Verdict:
    """Pass only if the mean over the segments is better beyond luck and no segment is worse by more than the bound.

    Raises:
        OtherQuestionsError: the two were not asked the same questions.
    """
    settings = settings or GateSettings()
    counted = _counted(candidate, settings)
    candidate, live = only(candidate, counted), only(live, counted)
    people = len(np.unique(candidate.person))
    if people < settings.fewest_people:
        return Verdict(False, [_too_few(people, len(candidate), settings)], {"people": people})
    comparison = compare(candidate, live, settings.seed)
    slack = no_worse_than(candidate, live, settings.worst_loss, settings.seed)
    harmed = [name for name, (_, high) in slack.items() if high < 0]
    low, high = comparison.total.interval
    better = high >= 0 if settings.may_be_even else low > 0
    reasons = [_total(comparison.total)]
    reasons += [_harm(name, comparison.segments[name], settings) for name in harmed]
    if not harmed:
        reasons.append(f"No segment is worse by more than {settings.worst_loss:.0%} beyond luck.")
    reasons += _thin(comparison, settings)
    return Verdict(better and not harmed, reasons, _figures(comparison, slack, settings))


def _counted(judged: Judged, settings: GateSettings) -> NDArray[np.bool_]:
    """The questions of segments that have enough people to say anything."""
    counted = np.zeros(len(judged), dtype=bool)
    for segment in range(len(SEGMENTS)):
        rows = judged.segment == segment
        counted |= rows & (len(np.unique(judged.person[rows])) >= settings.fewest_to_count)
    return counted


def _too_few(people: int, questions: int, settings: GateSettings) -> str:
    return (
        f"Too few to decide: {questions:,} questions of {people:,} people, at least {settings.fewest_people:,} people "
        "are needed. The live pipeline stays; more people with held-out events change that."
    )


def _total(total: Difference) -> str:
    figures = (
        f"NDCG@20 over the segments is {total.ours:.4f} against {total.theirs:.4f} of the live pipeline "
        f"({_relative(total)}; difference {total.interval[0]:+.4f} to {total.interval[1]:+.4f})"
    )
    if total.interval[0] > 0:
        return f"Better: {figures}."
    if total.interval[1] < 0:
        return f"Worse: {figures}."
    return f"Not better beyond luck: {figures}. The interval includes zero."


def _harm(name: str, segment: Difference, settings: GateSettings) -> str:
    return (
        f"Segment {name} is worse by more than {settings.worst_loss:.0%}, beyond luck: {segment.ours:.4f} against "
        f"{segment.theirs:.4f} ({_relative(segment)}, {segment.people:,} people)."
    )


def _thin(comparison: Comparison, settings: GateSettings) -> list[str]:
    """Segments whose word carries little."""
    few = [
        f"{name} ({difference.people:,} people)"
        for name, difference in comparison.segments.items()
        if difference.people < settings.fewest_in_segment
    ]
    missing = [name for name in SEGMENTS if name not in comparison.segments]
    told = [f"Judged on few people, so that only large differences would show: {', '.join(few)}."] if few else []
    return told + ([f"Left out, for lack of people with held-out events: {', '.join(missing)}."] if missing else [])


def _relative(difference: Difference) -> str:
    return "theirs is 0" if difference.ratio is None else f"{difference.ratio - 1:+.1%}"


def _figures(comparison: Comparison, slack: dict[str, tuple[float, float]], settings: GateSettings) -> dict[str, Any]:
    segments = {name: {**asdict(one), "slack": slack[name]} for name, one in comparison.segments.items()}
    figures = {"settings": asdict(settings), "segments": segments, TOTAL: asdict(comparison.total)}
    return dict(plain(figures))
