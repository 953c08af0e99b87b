"""The page of an experiment: a sentence for each arm, and its measures with their intervals drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from recommender.admin.interval_plot import Line, drawn
from recommender.experiment_schemas import ArmResult, ExperimentResults, MeasureResult
from recommender.selectors.experiments import CLICKS, CONVERSIONS, DEGRADED, MEASURES, MILLISECONDS, REFUSALS
from recommender.training.experiment_results import in_words

ARM_COLOURS = {"better": "success", "harms": "danger", "undecided": "info", "": ""}
COLOURS = {"better": "success", "within": "success", "worse": "danger", "broken": "danger", "undecided": "info"}


def page(results: ExperimentResults, titles: Mapping[str, str]) -> dict[str, Any]:
    """What the template shows; `titles` are those of pipelines by slug."""
    reaches = _reaches(results.arms)
    return {
        "arms": [_arm(one, titles, reaches) for one in results.arms],
        "warnings": results.warnings,
        "people": sum(one.people for one in results.arms),
    }


def _arm(result: ArmResult, titles: Mapping[str, str], reaches: Mapping[str, float]) -> dict[str, Any]:
    verdicts = {"better": _("better"), "harms": _("harms"), "undecided": _("not decided yet"), "": _("compared with")}
    return {
        "name": result.arm,
        "pipeline": titles.get(result.pipeline, result.pipeline),
        "share": f"{result.share:.0%}",
        "people": f"{result.people:,}",
        "answers": f"{result.answers:,}",
        "words": result.words or _("What the others are compared with."),
        "verdict": verdicts[result.verdict],
        "colour": ARM_COLOURS[result.verdict],
        "measures": [_measure(one, reaches) for one in result.measures],
    }


def _measure(result: MeasureResult, reaches: Mapping[str, float]) -> dict[str, Any]:
    names = {
        CLICKS: _("Answers with a click"),
        CONVERSIONS: _("Answers with a conversion"),
        DEGRADED: _("Incomplete answers"),
        MILLISECONDS: _("Milliseconds"),
        REFUSALS: _("Answers with a skip or dislike"),
    }
    verdicts = {
        "better": _("better"),
        "worse": _("worse"),
        "undecided": _("not decided yet"),
        "within": _("within its bound"),
        "broken": _("over its bound"),
    }
    line, words = _line(result), in_words(result)
    return {
        "name": names[result.measure],
        "mean": f"{result.mean:,.1f}" if result.measure == MILLISECONDS else f"{result.mean:.2%}",
        "words": words if line else "",
        "plot": drawn(line, reaches[result.measure], words) if line else "",
        "verdict": verdicts.get(result.verdict, ""),
        "colour": COLOURS.get(result.verdict, ""),
    }


def _line(result: MeasureResult) -> Line | None:
    apart = result.difference
    if apart is None or apart.low is None or apart.high is None:
        return None
    return Line(apart.low, apart.high, result.verdict, result.bound)


def _reaches(arms: Sequence[ArmResult]) -> dict[str, float]:
    """One scale per measure for all arms, so that they can be compared."""
    lines = [(one.measure, _line(one)) for arm in arms for one in arm.measures]
    return {
        name: max((line.reach for other, line in lines if line and other == name), default=1.0) for name in MEASURES
    }
