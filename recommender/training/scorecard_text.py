"""A scorecard as text, for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recommender.training.metrics import MEASURES, TOTAL
from recommender.training.scorecard import comparisons_of, segments_of, systems_of

MARKS = {"win": "+", "loss": "-", "even": " "}
NAMES = {"ndcg": "NDCG@20", "recall": "Recall@20", "mrr": "MRR"}
SHOWS = {
    "coverage": ("share of the catalog shown", "{:.1%}"),
    "new_items": ("new items shown, of their share (1 is neutral)", "{:.2f}"),
    "popularity": ("mean people behind an item shown", "{:.1f}"),
    "diversity": ("diversity within a list", "{:.3f}"),
}
ESTIMATES = {"recorded": "recorded", "ips": "IPS", "snips": "SNIPS", "doubly_robust": "doubly robust"}
LEGEND = (
    "+ the pipeline is better, - it is worse: beyond luck (paired bootstrap over people, Holm's correction) and by 1 % "
    "or more."
)


def text(figures: Mapping[str, Any]) -> str:
    """Everything, in the order in which one asks."""
    blocks = [_measure(figures, measure) for measure in MEASURES]
    blocks += [LEGEND, _comparisons(figures), _shows(figures), *_rest(figures)]
    return "\n\n".join(block for block in blocks if block)


def _measure(figures: Mapping[str, Any], measure: str) -> str:
    """Segments × systems: mean and interval; of NDCG also whether the pipeline is better or worse."""
    systems = systems_of(figures)
    rows = [(NAMES[measure], *(one["title"] for one in systems))]
    for segment in (*segments_of(figures), TOTAL):
        cells = [_mean(one["segments"][segment][measure]) for one in systems]
        if measure == "ndcg":
            marks = [" ", *(MARKS[compared[segment]["word"]] for _, compared in comparisons_of(figures))]
            cells = [f"{cell} {mark}" for cell, mark in zip(cells, marks, strict=True)]
        rows.append((segment, *cells))
    return aligned(rows)


def _mean(told: Mapping[str, Any]) -> str:
    low, high = told["interval"]
    if low is None or high is None:
        return f"{told['mean']:.4f} (one person)"
    return f"{told['mean']:.4f} ({low:.4f}–{high:.4f})"


def _comparisons(figures: Mapping[str, Any]) -> str:
    """The pipeline against every other system, in total."""
    return "\n".join(f"against {title}: {sentence(rows[TOTAL])}" for title, rows in comparisons_of(figures))


def sentence(row: Mapping[str, Any]) -> str:
    """One difference in words."""
    ratio = "" if row["ratio"] is None else f", × {row['ratio']:.3f}"
    low, high = row["interval"]
    bounds = "no interval" if low is None or high is None else f"{low:+.4f} to {high:+.4f}"
    return f"{row['ours']:.4f} to {row['theirs']:.4f}{ratio} ({bounds}), p {row['p']:.3f}: {row['word']}"


def _shows(figures: Mapping[str, Any]) -> str:
    systems = systems_of(figures)
    rows = [("what the lists show", *(one["title"] for one in systems))]
    for key, (name, form) in SHOWS.items():
        values = [one["shows"][key] for one in systems]
        rows.append((name, *("—" if value is None else form.format(value) for value in values)))
    return aligned(rows)


def _rest(figures: Mapping[str, Any]) -> list[str]:
    """Calibration, gaps between groups, costs: each where it was measured."""
    told = []
    if figures["calibration"]:
        rows = [("calibration", "ECE", "stated", "happened", "answers")]
        for name, one in sorted(figures["calibration"].items()):
            rows.append(
                (name, f"{one['ece']:.4f}", f"{one['stated']:.4f}", f"{one['happened']:.4f}", f"{one['answers']:,}")
            )
        told.append(aligned(rows))
    for name, gap in sorted(figures["gaps"].items()):
        groups = ", ".join(
            f"{group} {one['ndcg']:.4f} ({one['people']:,})" for group, one in sorted(gap["groups"].items())
        )
        told.append(f"{name}: NDCG@20 lies {gap['gap']:.4f} apart, {gap['by_chance']:.4f} would be chance: {groups}")
    told += [f"from recorded clicks: {line}" for line in clicks(figures)]
    return [*told, "; ".join(f"{step} {duration(seconds)}" for step, seconds in figures["seconds"])]


def clicks(figures: Mapping[str, Any]) -> list[str]:
    """What recorded clicks say of the pipeline, a line per estimate; or what is missing for that."""
    told = figures.get("clicks")
    if not told:
        return []
    if "missing" in told:
        return [told["missing"]]
    lines = [f"{told['clicks']:,} clicks on {told['answers']:,} answers, {told['covered']:.0%} of the lists covered"]
    for key, name in ESTIMATES.items():
        low, high = told[key]["interval"]
        bounds = "no interval" if low is None or high is None else f"{low:.3f}–{high:.3f}"
        lines.append(f"{name} {told[key]['value']:.3f} clicks per answer ({bounds})")
    return [*lines, f"doubly robust against recorded: {told['word']}"]


def duration(seconds: float) -> str:
    """In the unit that suits it."""
    return f"{seconds:,.1f} s" if seconds >= 1 else f"{1000 * seconds:.1f} ms"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns of equal width."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    )
