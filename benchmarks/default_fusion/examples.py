"""Simulated cold starts of several catalogs as one table: what the untrained default knows, and what was right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.fusion_strategies.linear_weights import SOURCES
from recommender.plugins.training import FusionExamples, Training
from recommender.serving.assembly import Specification
from recommender.training import asking
from recommender.training.cold_starts import ColdStart
from recommender.training.contest import Contest, Fitted, untrained
from recommender.training.metrics import SEGMENTS
from recommender.training.snapshots import Snapshot

COLUMNS = tuple(SOURCES.values())


@dataclass(frozen=True)
class Folder:
    """One catalog's questions: `learning` to fit on, made within what the cut of `held_out` leaves."""

    name: str
    learning: tuple[FusionExamples, ...]
    held_out: FusionExamples


def of_catalog(
    name: str, snapshot: Snapshot, stages: Sequence[Specification], questions: int, training: Training
) -> Folder:
    """The questions of one catalog, at most so many per segment and cut."""
    contest = Contest(snapshot, training, gate_questions=questions, inner_questions=questions)
    learning = tuple(_asked(contest, stages, cut) for cut in contest.inner)
    return Folder(name, learning, _asked(contest, stages, contest.gate))


def _asked(contest: Contest, stages: Sequence[Specification], cut: ColdStart) -> FusionExamples:
    plan = untrained(stages).plan()
    world = contest.world(Fitted(plan), cut)
    examples = asking.examples(
        world,
        plan,
        cut.questions,
        cut.data.kind_names,
        lambda done, total: contest.training.tell("asking", done, total),
    )
    return lean(examples)


def lean(examples: FusionExamples) -> FusionExamples:
    """Only what the linear model reads: its columns in its order, one kind of right, no vectors."""
    places = [examples.columns.index(name) for name in COLUMNS]
    return replace(
        examples,
        columns=COLUMNS,
        z=examples.z[:, places],
        places=examples.places[:, places],
        labels=examples.positive[:, None],
        kinds=("positive",),
        item_rows=np.zeros(len(examples.item_rows), dtype=np.int64),
        item_vectors=np.zeros((1, 1), dtype=np.float32),
        persons=np.zeros((examples.questions, 1), dtype=np.float32),
    )


def together(folders: Sequence[Folder]) -> FusionExamples:
    """All folders' questions to learn from; every segment of every folder weighs the same."""
    return asking.joined(list(_numbered(folders)))


def _numbered(folders: Sequence[Folder]) -> Iterator[FusionExamples]:
    names = tuple(f"{place} {segment}" for place in range(len(folders)) for segment in SEGMENTS)
    for place, folder in enumerate(folders):
        for part in folder.learning:
            segments = (part.segments.astype(np.int64) + place * len(SEGMENTS)).astype(np.int8)
            yield replace(part, segments=segments, segment_names=names)
