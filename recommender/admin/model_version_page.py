"""The page of a model version: the verdict, its figures by segment, and where the version comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recommender.admin.scorecard_page import SEGMENT_NAMES
from recommender.admin.training_runs import duration
from recommender.models import ModelVersion
from recommender.models.configuration import PluginKind
from recommender.training import verdicts
from recommender.training.metrics import SEGMENTS, TOTAL

Table = dict[str, Any]
WORDS = {"win": gettext_lazy("better"), "loss": gettext_lazy("worse"), "even": gettext_lazy("even")}
LONGEST_STEPS = 12


def page(version: ModelVersion) -> dict[str, Any]:
    """What the template shows of one version."""
    return {
        "headline": verdicts.headline(version),
        "reasons": verdicts.reasons(version),
        "segments": _segments(version),
        "untrained": sorted((version.metrics.get("untrained_plugins") or {}).items()),
        "lacking": version.metrics.get("lacking") or (),
        "facts": _facts(version),
        "stages": _stages(version.settings),
        "steps": _steps(version.metrics.get("steps") or ()),
    }


def _segments(version: ModelVersion) -> Table:
    """NDCG@20 by segment, against what was live when it was judged."""
    by_segment: Mapping[str, Any] = version.verdict.get("segments") or {}
    rows = [_segment(str(SEGMENT_NAMES[name]), by_segment[name]) for name in SEGMENTS if name in by_segment]
    if total := version.verdict.get(TOTAL):
        rows.append(_segment(str(SEGMENT_NAMES[TOTAL]), total))
    return {"headers": _segment_headers(), "rows": rows}


def _segment_headers() -> tuple[str, ...]:
    return (_("Segment"), _("This"), _("Live then"), _("Ratio"), _("Difference, 95 %"), _("People"), "")


def _segment(name: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    low, high = row["interval"]
    return (
        name,
        f"{row['ours']:.4f}",
        f"{row['theirs']:.4f}",
        "—" if row["ratio"] is None else f"× {row['ratio']:.3f}",
        _("%(low)s to %(high)s") % {"low": f"{low:+.4f}", "high": f"{high:+.4f}"},
        f"{row['people']:,}",
        str(WORDS.get(row["word"], "")),
    )


def _facts(version: ModelVersion) -> list[tuple[str, Any]]:
    run = (_("%(run)s, seed %(seed)s") if version.run_id else _("deleted, seed %(seed)s")) % {
        "run": version.run_id,
        "seed": version.seed,
    }
    told = [
        (_("Training run"), run),
        (_("Made"), version.created_at),
        (_("Took"), duration(version.train_seconds)),
        (_("Data"), version.data_hash),
        (_("Code"), version.code_version),
        (_("Live since"), version.live_at),
        (_("Retired"), version.retired_at),
        (_("Took over from"), version.took_over_from),
        (_("Decided by"), version.decided_by or (_("the gate") if version.live_at else None)),
        (_("Reason given"), version.override_reason or None),
    ]
    return [(name, value) for name, value in told if value is not None]


def _stages(stages: Sequence[Mapping[str, Any]]) -> Table:
    """What it was trained with."""
    labels = {kind.value: str(kind.label) for kind in PluginKind}
    rows = [
        (
            labels.get(one.get("kind", ""), one.get("kind", "")),
            one.get("slug", ""),
            one.get("plugin", ""),
            json.dumps(one["settings"], ensure_ascii=False) if one.get("settings") else _("as shipped"),
        )
        for one in stages
    ]
    return {"headers": (_("Kind"), _("Name"), _("Plugin"), _("Settings")), "rows": rows}


def _steps(steps: Sequence[Sequence[Any]]) -> Table:
    """Where the time went: the longest steps first, steps of one name together."""
    spent: dict[str, float] = {}
    for (name, start), (_next, end) in pairwise(steps):
        spent[name] = spent.get(name, 0.0) + float(end) - float(start)
    longest = sorted(spent.items(), key=lambda pair: -pair[1])[:LONGEST_STEPS]
    return {"headers": (_("Step"), _("Seconds")), "rows": [(_(name), f"{seconds:.1f}") for name, seconds in longest]}
