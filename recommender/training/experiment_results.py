"""What the counts of an experiment say: intervals that hold at every look, a verdict in plain words, and doubts.

The error of 5 % is shared over all arms and measures (Bonferroni): that anything at all is said wrongly, whenever and
however often somebody looks, happens with a probability of at most 5 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from django.utils.translation import gettext as _

from recommender.experiment_schemas import ArmResult, ArmVerdict, MeasureResult, MeasureVerdict, Range
from recommender.models import Arm
from recommender.selectors.experiments import (
    CLICKS,
    CONVERSIONS,
    DEGRADED,
    MEASURES,
    MILLISECONDS,
    NOBODY,
    REFUSALS,
    ArmCounts,
)
from recommender.training.confidence_sequences import Interval, Sample, difference, mismatch, of_shares, relative

ALPHA = 0.05
FEWEST_PEOPLE = 100
"""In each of two arms, before anything is said: means of fewer people are not normal enough."""
GUARDRAILS = {DEGRADED: 0.01, MILLISECONDS: 50.0, REFUSALS: 0.02}
"""By how much the mean of an arm may be higher than the first arm's: shares of answers, and milliseconds."""
SUSPICIOUS = 0.001
"""A split of people that is less probable is not chance."""


def arm_results(arms: Sequence[Arm], counted: Mapping[str, ArmCounts]) -> list[ArmResult]:
    """A result for each arm. The arms come with their pipelines, in their order."""
    if not arms:
        return []
    total = sum(arm.share for arm in arms)
    alpha = ALPHA / max(1, (len(arms) - 1) * len(MEASURES))
    found = [counted.get(arm.name, NOBODY) for arm in arms]
    return [
        _arm(arm, arm.share / total, counts, None if arm is arms[0] else found[0], alpha)
        for arm, counts in zip(arms, found, strict=True)
    ]


def mismatch_warning(results: Sequence[ArmResult]) -> str:
    """In words, when the people did not come to the arms by their shares; else empty."""
    people = np.array([float(one.people) for one in results])
    if len(results) < 2 or mismatch(people, np.array([one.share for one in results])) >= SUSPICIOUS:
        return ""
    told = ", ".join(f"{one.arm} {one.people:,} ({one.share:.0%})" for one in results)
    return _(
        "The people are not split as the shares say (%(told)s), and not by chance: believe none of the figures before "
        "you know why. Often one arm's answers fail, or a cache stands in front of one."
    ) % {"told": told}


def _arm(arm: Arm, share: float, counts: ArmCounts, first: ArmCounts | None, alpha: float) -> ArmResult:
    measures = [_measure(name, counts, first, alpha) for name in MEASURES]
    verdict: ArmVerdict = ""
    words = ""
    if first is not None:
        verdict, words = _verdict(arm.name, measures, _lacking(first, counts))
    return ArmResult(
        arm=arm.name,
        pipeline=arm.pipeline.slug,
        share=share,
        people=counts.people,
        answers=counts.answers,
        verdict=verdict,
        words=words,
        measures=measures,
    )


def _lacking(first: ArmCounts, other: ArmCounts) -> int:
    return max(0, FEWEST_PEOPLE - min(first.people, other.people))


def _measure(name: str, counts: ArmCounts, first: ArmCounts | None, alpha: float) -> MeasureResult:
    bound = GUARDRAILS.get(name)
    told = MeasureResult(measure=name, mean=counts.measures[name].mean, bound=bound)
    if first is None:
        return told
    if _lacking(first, counts):
        return told.model_copy(update={"verdict": "undecided"})
    ours, theirs = _sample(name, counts), _sample(name, first)
    apart = difference(theirs, ours, alpha)
    return told.model_copy(
        update={
            "difference": _range(apart),
            "relative": _range(relative(theirs, ours, alpha)),
            "verdict": _decided(apart, bound),
        }
    )


def _sample(name: str, counts: ArmCounts) -> Sample:
    measured = counts.measures[name]
    make = Sample if name == MILLISECONDS else of_shares
    return make(counts.people, measured.mean, measured.variance)


def _range(bounds: Interval) -> Range:
    low, high = (float(one) if np.isfinite(one) else None for one in bounds)
    return Range(low=low, high=high)


def _decided(apart: Interval, bound: float | None) -> MeasureVerdict:
    low, high = apart
    if bound is not None:
        return "broken" if low > bound else "within" if high <= bound else "undecided"
    return "better" if low > 0 else "worse" if high < 0 else "undecided"


def _verdict(arm: str, measures: Sequence[MeasureResult], lacking: int) -> tuple[ArmVerdict, str]:
    by_name = {one.measure: one for one in measures}
    harm = [one for one in measures if one.verdict in {"worse", "broken"}]
    good = [by_name[name] for name in (CLICKS, CONVERSIONS) if by_name[name].verdict == "better"]
    if lacking:
        return "undecided", _("Not decided yet: at least %(count)s more people are needed.") % {"count": lacking}
    if harm:
        told = ", ".join(map(in_words, harm))
        return "harms", _("%(arm)s harms: stop it. %(told)s.") % {"arm": arm, "told": told}
    if good:
        return "better", _("%(arm)s is better: %(told)s.") % {"arm": arm, "told": ", ".join(map(in_words, good))}
    return "undecided", _("Not decided yet: %(told)s.") % {"told": in_words(by_name[CLICKS])}


def in_words(result: MeasureResult) -> str:
    """The difference of a measure as one would say it: “+12 % to +31 % clicks”."""
    noun = {
        CLICKS: _("clicks"),
        CONVERSIONS: _("conversions"),
        DEGRADED: _("incomplete answers"),
        MILLISECONDS: _("milliseconds"),
        REFUSALS: _("skips and dislikes"),
    }[result.measure]
    if result.difference is None or result.relative is None:
        return noun
    low, high = result.relative.low, result.relative.high
    if low is not None and high is not None and result.measure not in GUARDRAILS:
        told = _signed(low, high, 100, " %", " %")
    elif result.measure == MILLISECONDS:
        told = _signed(result.difference.low, result.difference.high, 1)
    else:
        told = _signed(result.difference.low, result.difference.high, 100, "", " " + _("points"))
    return f"{told} {noun}"


def _signed(low: float | None, high: float | None, times: float, *units: str) -> str:
    """“+12 % to +31 %”; `units` stand behind the first and the last number."""
    bounds = [times * one for one in (low, high) if one is not None]
    digits = 0 if max(map(abs, bounds)) >= 10 else 1
    behind = units or ("", "")
    first, last = (f"{one:+.{digits}f}{unit}".replace("-", "−") for one, unit in zip(bounds, behind, strict=True))
    return _("%(low)s to %(high)s") % {"low": first, "high": last}
