"""What each part of the learned pipeline is worth: without it, everything else fitted and asked again.

In memory, by the code that trains: people, items and events are held out of the catalog's training events, every
variant is fitted on the rest and asked the same questions. A source goes with the retriever that reads its space; of a
group of untrained columns only the columns go. Another fusion strategy takes the place of the pipeline's own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.quality import report
from benchmarks.quality.snapshot import Say, read, told_by
from recommender.plugins.registry import installed
from recommender.plugins.training import FusionExamples, TrainableRanker, Training
from recommender.serving.assembly import Specification
from recommender.training.contest import Contender, Contest
from recommender.training.metrics import SEGMENTS, Judged, plain
from recommender.training.significance import resample
from recommender.training.snapshots import Snapshot

Stages = Sequence[Specification]


@dataclass(frozen=True)
class Questions:
    """At most so many per segment: that judge, and per cut that the fusion learns from."""

    judging: int
    learning: int


QUESTIONS, QUICK = Questions(300, 250), Questions(60, 60)
FULL = "full"


@dataclass(frozen=True)
class Variant:
    """The pipeline with something taken out or exchanged. `shares`: it sees the full one's candidates.

    `dropped` names rankers whose columns are missing then.
    """

    name: str
    stages: Stages
    shares: bool
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """A variant's NDCG@20, and its mean over the full pipeline's, with the interval over people."""

    name: str
    means: dict[str, float]
    ratio: float
    interval: tuple[float, float]
    seconds: float
    note: str = ""

    def facts(self) -> dict[str, Any]:
        """As JSON has it."""
        named = {"variant": self.name, "ndcg@20": self.means, "ratio": self.ratio, "ci": self.interval}
        return dict(plain(named | {"seconds": self.seconds, "note": self.note}))


def run(slug: str, questions: Questions, say: Say, seed: int = 0) -> list[Row]:
    """The ablation of a catalog's learned pipeline, the full one first."""
    tell = told_by(say)
    snapshot, stages = read(slug, tell)
    return compared(snapshot, stages, questions, Training(seed, tell))


def compared(snapshot: Snapshot, stages: Stages, questions: Questions, training: Training) -> list[Row]:
    """Every variant of these stages, fitted and asked alike."""
    contest = Contest(snapshot, training, gate_questions=questions.judging, inner_questions=questions.learning)
    full = Contender(FULL, stages)
    examples = contest.examples(full)
    rows: list[Row] = []
    reference: Judged | None = None
    for variant in (Variant(FULL, stages, shares=True), *variants(stages)):
        start = perf_counter()
        contender = Contender(variant.name, variant.stages)
        seen = [without_columns(one, variant.dropped) for one in examples] if variant.shares else None
        judged, fitted, _ = contest.judged(contender, contest.examples(contender) if seen is None else seen)
        reference = reference or judged
        note = "; ".join(f"{name} stayed untrained: {why}" for name, why in fitted.skipped.items())
        rows.append(_row(variant.name, judged, reference, perf_counter() - start, note))
    return rows


def variants(stages: Stages) -> Iterator[Variant]:
    """Without each source, without all of them, without each group of untrained columns, with each other fusion."""
    plan = Contender(FULL, stages).plan()
    trained = [one.slug for one in plan.rankers if isinstance(one.plugin, TrainableRanker)]
    for slug in trained:
        yield Variant(f"without {slug}", without_sources(stages, [slug]), shares=False)
    if len(trained) > 1:
        yield Variant("without all sources that learn", without_sources(stages, trained), shares=False)
    for slug in [one.slug for one in plan.rankers if one.slug not in trained]:
        kept = [one for one in stages if (one.kind, one.slug) != ("ranker", slug)]
        yield Variant(f"without columns of {slug}", kept, shares=True, dropped=(slug,))
    own = plan.fusion.name
    for (kind, name), plugin in sorted(installed().items()):
        if kind == "fusion_strategy" and name != own and plugin.plugin is not None:
            yield Variant(f"fusion {name}", with_fusion(stages, name), shares=True)


def without_sources(stages: Stages, slugs: Sequence[str]) -> list[Specification]:
    """The stages without these rankers and the retrievers that search their spaces."""
    return [
        one
        for one in stages
        if not (one.kind == "ranker" and one.slug in slugs)
        and not (one.kind == "retriever" and one.settings.get("space") in slugs)
    ]


def with_fusion(stages: Stages, plugin: str) -> list[Specification]:
    """The stages with this fusion strategy, in its default settings, in the place of their own."""
    other = Specification("fusion_strategy", plugin, plugin, {})
    return [other if one.kind == "fusion_strategy" else one for one in stages]


def without_columns(examples: FusionExamples, rankers: Sequence[str]) -> FusionExamples:
    """The examples as they are without these rankers' columns."""
    kept = [place for place, name in enumerate(examples.columns) if name.rpartition(".")[0] not in rankers]
    columns = tuple(examples.columns[place] for place in kept)
    return replace(examples, columns=columns, z=examples.z[:, kept], places=examples.places[:, kept])


def _row(name: str, judged: Judged, full: Judged, seconds: float, note: str) -> Row:
    drawn = resample(np.column_stack([judged.ndcg, full.ndcg]), full.groups, full.person, len(SEGMENTS))
    asked = [place for place in range(len(SEGMENTS)) if drawn.people[place]]
    means = {SEGMENTS[place]: float(drawn.means[place, 0]) for place in asked}
    ours, theirs = drawn.means[-1].tolist()
    interval = drawn.ratio_interval(len(SEGMENTS), 0, 1)
    return Row(name, means | {"mean": ours}, ours / max(theirs, 1e-12), interval, seconds, note)


def table(name: str, rows: Sequence[Row]) -> str:
    """The rows as text."""
    columns = list(rows[0].means)
    width = max(len(row.name) for row in rows) + 2
    title = f"{name} — ablation: NDCG@20 on people, items and events held out of the training part"
    lines = [title, report.line("", [*columns, "ratio"], width) + "  95 % interval"]
    for row in rows:
        cells = [*(f"{row.means[column]:.4f}" for column in columns), f"{row.ratio:.3f}"]
        low, high = row.interval
        lines.append(f"{report.line(row.name, cells, width)}  {low:.3f} to {high:.3f}  {row.note}".rstrip())
    return "\n".join(lines)
