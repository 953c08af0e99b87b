"""Collecting the figures of all seeds, and printing them as a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.quality import grid
from benchmarks.quality.split import Split
from recommender.training.metrics import SEGMENTS
from recommender.training.significance import Resampled, holm, resample, word_for

PRODUCT = "recplatform"
Lists = dict[str, list[list[int]]]


@dataclass
class Figures:
    """NDCG@20 and Recall@20 of every question of one data set, by system and segment, all seeds in one column."""

    dataset: str
    ndcg: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    recall: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    people: dict[str, list[str]] = field(default_factory=lambda: {segment: [] for segment in SEGMENTS})
    settings: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)

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

    def means(self, system: str, measure: str = "ndcg") -> dict[str, float]:
        """Mean per segment, and ``mean`` of the segments, each weighing the same."""
        table = self.ndcg if measure == "ndcg" else self.recall
        means = {segment: float(np.mean(table[system][segment])) for segment in SEGMENTS}
        return means | {"mean": float(np.mean(list(means.values())))}

    @property
    def peers(self) -> list[str]:
        """Every system but the product."""
        return [system for system in self.ndcg if system != PRODUCT]

    def best_peer(self, segment: str) -> str:
        """The peer with the highest NDCG@20 in a segment, or by ``mean``."""
        return max(self.peers, key=lambda peer: self.means(peer)[segment])


def comparison(figures: Figures) -> list[dict[str, Any]]:
    """Per segment: the product against the best peer of that segment, paired over people."""
    drawn = paired(figures)
    rows: list[dict[str, Any]] = []
    for number, segment in enumerate(SEGMENTS):
        peer = figures.best_peer(segment)
        us, them = figures.means(PRODUCT)[segment], figures.means(peer)[segment]
        ratio = us / them if them else float("inf")
        row: dict[str, Any] = {"segment": segment, "peer": peer, "product": us, "best": them, "ratio": ratio}
        row |= {"interval": list(drawn.interval(number)), "ratio_interval": list(drawn.ratio_interval(number, 1, 2))}
        rows.append(row | {"p": drawn.p_value(number)})
    for row, adjusted in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["holm_p"] = adjusted
        row["verdict"] = word_for(row["product"], row["best"], adjusted)
    return rows


def paired(figures: Figures) -> Resampled:
    """Difference, the product's and the best peers' NDCG@20 by segment, people drawn again over all seeds together."""
    ours = np.concatenate([figures.ndcg[PRODUCT][segment] for segment in SEGMENTS])
    best = np.concatenate([figures.ndcg[figures.best_peer(segment)][segment] for segment in SEGMENTS])
    groups = np.repeat(np.arange(len(SEGMENTS)), [len(figures.people[segment]) for segment in SEGMENTS])
    _, people = np.unique(np.concatenate([figures.people[segment] for segment in SEGMENTS]), return_inverse=True)
    return resample(np.column_stack([ours - best, ours, best]), groups, people, len(SEGMENTS))


def as_json(figures: Figures) -> dict[str, Any]:
    """Everything a reader or a gate needs: means, settings, seconds and the comparison."""
    result: dict[str, Any] = {
        "dataset": figures.dataset,
        "questions": {segment: len(figures.people[segment]) for segment in SEGMENTS},
        "ndcg@20": {system: figures.means(system) for system in figures.ndcg},
        "recall@20": {system: figures.means(system, "recall") for system in figures.recall},
        "settings": figures.settings,
        "seconds": figures.seconds,
        "best_peer": figures.best_peer("mean"),
    }
    if PRODUCT in figures.ndcg:
        ours, best = figures.means(PRODUCT), figures.means(figures.best_peer("mean"))
        rows = comparison(figures)
        result["comparison"] = rows
        result["over_best_peer"] = ours["mean"] / best["mean"]
        result["over_best_of_each_segment"] = sum(row["product"] for row in rows) / sum(row["best"] for row in rows)
        result["above_every_peer"] = all(ours["mean"] > figures.means(peer)["mean"] for peer in figures.peers)
    return result


def table(figures: Figures, measure: str = "ndcg") -> str:
    """Systems × segments as text, best mean last."""
    columns = (*SEGMENTS, "mean")
    lines = [f"{figures.dataset} — {'NDCG' if measure == 'ndcg' else 'Recall'}@20", _line("", columns)]
    for system in sorted(figures.ndcg, key=lambda system: figures.means(system, measure)["mean"]):
        means = figures.means(system, measure)
        lines.append(_line(system, [f"{means[column]:.4f}" for column in columns]))
    return "\n".join(lines)


def verdicts(figures: Figures) -> str:
    """The comparison as text."""
    facts = as_json(figures)
    lines = [
        f"{row['segment']:>10}  {row['product']:.4f} against {row['best']:.4f} ({row['peer']}), × {row['ratio']:.2f}, "
        f"{row['interval'][0]:+.4f} to {row['interval'][1]:+.4f}, Holm p {row['holm_p']:.3f}: {row['verdict']}"
        for row in facts["comparison"]
    ]
    lines += [
        f"mean over the best peer ({facts['best_peer']}) × {facts['over_best_peer']:.3f}",
        f"mean over the best peer of each segment × {facts['over_best_of_each_segment']:.3f}",
        f"above every single peer: {'yes' if facts['above_every_peer'] else 'NO'}",
    ]
    return "\n".join(lines)


def _line(name: str, cells: Sequence[str]) -> str:
    return f"{name:<12}" + "".join(f"{cell:>10}" for cell in cells)
