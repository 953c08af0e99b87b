"""Collecting the figures of all seeds, and printing them as a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.quality import grid
from benchmarks.quality.split import Split
from recommender.training.metrics import SEGMENTS, plain
from recommender.training.significance import Resampled, holm, resample, word_for

PRODUCT, UNTRAINED = "recplatform", "untrained"
OURS = (PRODUCT, UNTRAINED)
Lists = dict[str, list[list[int]]]
Table = dict[str, dict[str, list[float]]]


@dataclass
class Figures:
    """NDCG@20 and Recall@20 of every question of one folder, by system and segment, all seeds in one column.

    ``gates`` holds what each training came to, ``answer_ms`` and ``seconds`` what things took, per seed.
    """

    dataset: str
    ndcg: Table = field(default_factory=dict)
    recall: Table = field(default_factory=dict)
    people: dict[str, list[str]] = field(default_factory=lambda: {segment: [] for segment in SEGMENTS})
    settings: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    gates: list[dict[str, Any]] = field(default_factory=list)
    answer_ms: dict[str, list[float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def ask(self, cut: Split) -> None:
        """Note whom the questions of one more seed are about; before the seed's lists are added."""
        for segment, questions in cut.questions.items():
            self.people[segment] += [cut.dataset.people[question.person] for question in questions]

    def add(self, system: str, cut: Split, lists: Lists) -> None:
        """Score one system's answers to one seed's questions."""
        for segment, questions in cut.questions.items():
            judged = grid.judged(questions, lists[segment])
            for table, values in ((self.ndcg, judged.ndcg), (self.recall, judged.recall)):
                table.setdefault(system, {}).setdefault(segment, []).extend(values.tolist())

    @property
    def asked(self) -> list[str]:
        """The segments that have questions."""
        return [segment for segment in SEGMENTS if self.people[segment]]

    def means(self, system: str, measure: str = "ndcg") -> dict[str, float]:
        """Mean per segment that was asked, and ``mean`` of these, each weighing the same."""
        table = self.ndcg if measure == "ndcg" else self.recall
        means = {segment: float(np.mean(table[system][segment])) for segment in self.asked}
        return means | {"mean": float(np.mean(list(means.values())))}

    @property
    def peers(self) -> list[str]:
        """Every system that is neither ours nor the fusion by hand."""
        return [system for system in self.ndcg if system not in (*OURS, grid.BY_HAND)]

    def best_peer(self, segment: str) -> str:
        """The peer with the highest NDCG@20 in a segment, or by ``mean``."""
        return max(self.peers, key=lambda peer: self.means(peer)[segment])


def paired(figures: Figures, others: Sequence[str]) -> Resampled:
    """Difference, the product's and the others' NDCG@20 by segment, people drawn again over all seeds together.

    ``others`` names a system for every segment that was asked; the last row is the mean over the segments.
    """
    ours = np.concatenate([figures.ndcg[PRODUCT][segment] for segment in figures.asked])
    theirs = np.concatenate([figures.ndcg[one][segment] for one, segment in zip(others, figures.asked, strict=True)])
    groups = np.repeat(np.arange(len(figures.asked)), [len(figures.people[segment]) for segment in figures.asked])
    _, people = np.unique(np.concatenate([figures.people[segment] for segment in figures.asked]), return_inverse=True)
    return resample(np.column_stack([ours - theirs, ours, theirs]), groups, people, len(figures.asked))


def comparison(figures: Figures) -> dict[str, Any]:
    """The product against the best peer of each segment, and in total, paired over people."""
    best = [figures.best_peer(segment) for segment in figures.asked]
    drawn = paired(figures, best)
    adjusted = holm([drawn.p_value(row) for row in range(len(best))])
    segments = {}
    for row, (segment, peer) in enumerate(zip(figures.asked, best, strict=True)):
        _, ours, theirs = drawn.means[row].tolist()
        segments[segment] = {
            "ours": ours,
            "best_peer": theirs,
            "peer": peer,
            "ratio": _ratio(ours, theirs),
            "ci": drawn.ratio_interval(row, 1, 2),
            "difference_ci": drawn.interval(row),
            "holm_p": adjusted[row],
            "verdict": word_for(ours, theirs, adjusted[row]),
            "questions": len(figures.people[segment]),
        }
    _, ours, theirs = drawn.means[len(best)].tolist()
    total = {"total_ratio": _ratio(ours, theirs), "ci": drawn.ratio_interval(len(best), 1, 2)}
    return total | {"ours": ours, "best_peers": theirs, "segments": segments}


def against(figures: Figures, system: str) -> dict[str, Any]:
    """The product's mean over the segments against that of one system."""
    drawn = paired(figures, [system] * len(figures.asked))
    last = len(figures.asked)
    _, ours, theirs = drawn.means[last].tolist()
    return {"mean": theirs, "ratio": _ratio(ours, theirs), "ci": drawn.ratio_interval(last, 1, 2)}


def _ratio(ours: float, theirs: float) -> float | None:
    return ours / theirs if theirs else None


def as_json(figures: Figures) -> dict[str, Any]:
    """Everything a reader or a check needs, the comparison first."""
    result: dict[str, Any] = {"dataset": figures.dataset}
    if PRODUCT in figures.ndcg:
        if figures.peers:
            result |= comparison(figures)
        result |= {
            "train_seconds": float(np.mean(figures.seconds[f"{PRODUCT}: train"])),
            "answer_ms": float(np.mean(figures.answer_ms[PRODUCT])),
            "untrained_answer_ms": float(np.mean(figures.answer_ms[UNTRAINED])),
            "gates": figures.gates,
            "learning": against(figures, UNTRAINED),
        }
        if grid.BY_HAND in figures.ndcg:
            result["by_hand"] = against(figures, grid.BY_HAND)
    if figures.peers:
        result["best_single_peer"] = figures.best_peer("mean")
    result |= {
        "questions": {segment: len(people) for segment, people in figures.people.items()},
        "ndcg@20": {system: figures.means(system) for system in figures.ndcg},
        "recall@20": {system: figures.means(system, "recall") for system in figures.recall},
        "settings": figures.settings,
        "notes": figures.notes,
        "seconds": figures.seconds,
    }
    return dict(plain(result))


def table(figures: Figures, measure: str = "ndcg") -> str:
    """Systems × segments as text, best mean last."""
    columns = (*figures.asked, "mean")
    lines = [f"{figures.dataset} — {'NDCG' if measure == 'ndcg' else 'Recall'}@20", line("", columns)]
    for system in sorted(figures.ndcg, key=lambda system: figures.means(system, measure)["mean"]):
        means = figures.means(system, measure)
        lines.append(line(system, [f"{means[column]:.4f}" for column in columns]))
    return "\n".join([*lines, *figures.notes])


def verdicts(figures: Figures) -> str:
    """The comparisons as text."""
    facts = as_json(figures)
    lines = []
    for segment, row in facts.get("segments", {}).items():
        lines.append(
            f"{segment:>10}  {row['ours']:.4f} against {row['best_peer']:.4f} ({row['peer']}), × {_said(row)}, "
            f"Holm p {row['holm_p']:.3f}: {row['verdict']}"
        )
    if "total_ratio" in facts:
        total = {"ratio": facts["total_ratio"], "ci": facts["ci"]}
        lines.append(f"{'total':>10}  {facts['ours']:.4f} against {facts['best_peers']:.4f}, × {_said(total)}")
    if "by_hand" in facts:
        lines.append(f"The fusion by hand: × {_said(facts['by_hand'])} of its mean")
    if "learning" in facts:
        lines.append(f"Learning: × {_said(facts['learning'])} of the untrained default's mean")
        lines += [f"Gate: {_gate(one)}" for one in facts["gates"]]
        lines.append(f"{facts['train_seconds']:.0f} s to train, {facts['answer_ms']:.1f} ms to answer one query")
    return "\n".join(lines)


def _said(row: dict[str, Any]) -> str:
    low, high = row["ci"]
    bounds = "no bounds" if low is None or high is None else f"{low:.2f} to {high:.2f}"
    return f"{'∞' if row['ratio'] is None else format(row['ratio'], '.3f')} ({bounds})"


def _gate(gate: dict[str, Any]) -> str:
    skipped = [f"{slug} stayed untrained: {why}" for slug, why in gate.get("untrained_plugins", {}).items()]
    return " ".join(["live." if gate["passed"] else "NOT LIVE.", *gate["reasons"], *skipped])


def line(name: str, cells: Sequence[str], width: int = 14) -> str:
    """One row of a table."""
    return f"{name:<{width}}" + "".join(f"{cell:>10}" for cell in cells)
