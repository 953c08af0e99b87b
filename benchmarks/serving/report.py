"""What the run found, as a table and as JSON."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.serving.measuring import Timing
from benchmarks.serving.settings import Parameters

GOALS = {"live_over_bare": "at most 4", "recall_at_100": "at least 0.95"}


def figures(
    parameters: Parameters,
    first: Mapping[str, Timing],
    again: Mapping[str, Timing],
    recalls: Mapping[str, float],
    stages: Mapping[str, float],
) -> dict[str, Any]:
    """Everything measured, ready for JSON. Times are milliseconds."""
    return {
        "items": parameters.items,
        "dimension": parameters.dimension,
        "rounds": len(again["bare"].wall),
        "live_over_bare": _ratio(again, "wall"),
        "live_over_bare_cpu": _ratio(again, "cpu"),
        "live_over_bare_first": _ratio(first, "wall"),
        "recall_at_100": round(recalls["sentences"], 4),
        "recall_at_100_behaviour": round(recalls["behaviour"], 4),
        "recall_at_100_blend": round(recalls["both"], 4),
        "bare_ms": summary(again["bare"]),
        "live_ms": summary(again["live"]),
        "bare_first_ms": summary(first["bare"]),
        "live_first_ms": summary(first["live"]),
        "stages_ms": {name: round(ms, 2) for name, ms in stages.items()},
    }


def summary(timing: Timing) -> dict[str, float]:
    """Median and 95th percentile on the clock, median of processor time."""
    values = {
        "median": np.median(timing.wall),
        "p95": np.percentile(timing.wall, 95),
        "cpu_median": np.median(timing.cpu),
    }
    return {name: round(float(value), 2) for name, value in values.items()}


def table(found: Mapping[str, Any]) -> str:
    """The figures for a reader."""
    lines = [f"{found['items']:,} items × {found['dimension']}, {found['rounds']} rounds, milliseconds", ""]
    lines.append(f"{'':34}{'median':>9}{'p95':>9}{'cpu':>9}")
    named = {
        "bare_ms": "bare query, nearest 300",
        "live_ms": "whole answer",
        "bare_first_ms": "bare query, first time",
        "live_first_ms": "whole answer, sentence new here",
    }
    for key, name in named.items():
        row = found[key]
        lines.append(f"{name:34}{row['median']:9.2f}{row['p95']:9.2f}{row['cpu_median']:9.2f}")
    lines += ["", *(f"{name:34}{ms:9.2f}" for name, ms in found["stages_ms"].items()), ""]
    for key in (key for key in found if key.startswith(("live_over", "recall"))):
        goal = f"   (goal: {GOALS[key]})" if key in GOALS else ""
        lines.append(f"{key:34}{found[key]:9.3f}{goal}")
    return "\n".join(lines)


def _ratio(timings: Mapping[str, Timing], of: str) -> float:
    medians = {name: float(np.median(getattr(timing, of))) for name, timing in timings.items()}
    return round(medians["live"] / medians["bare"], 3)
