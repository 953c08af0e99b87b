"""What the learned fusions see of a candidate, in training and in a request alike, and whose each number is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.fusion_inputs import FusionInputs
from recommender.plugins.slates import ranked
from recommender.plugins.standardise import standardise
from recommender.plugins.training import FusionExamples, Rows, TooLittleDataError
from recommender.plugins.types import Candidates, Floats, Profile, Slate

Matrix = NDArray[np.float64]

FACTS = ("is_new", "ln_people", "ln_events", "has_text")
OWNERS = ("is_new", "popularity_prior", "constant", "constant")
"""Under which name an explanation shows what each fact adds."""
PRIORS = ("is_new", "popularity_prior", "constant")
IS_NEW, POPULARITY, CONSTANT = range(len(PRIORS))
FEWEST_QUESTIONS = 240
"""With fewer a fusion learns chance, and the shipped weights are better (measured)."""
SAMPLE = 100_000


@dataclass(frozen=True)
class Layout:
    """A row is z of every column, the place of every column, then the facts: 2·columns + 4 numbers."""

    columns: tuple[str, ...]

    @property
    def width(self) -> int:
        """Numbers a row."""
        return 2 * len(self.columns) + len(FACTS)

    @property
    def owners(self) -> tuple[str, ...]:
        """Names of the shares of a score."""
        return (*self.columns, *PRIORS)

    @cached_property
    def owner(self) -> Rows:
        """Position in `owners` of each number of a row, (width,)."""
        columns = np.arange(len(self.columns))
        facts = [len(self.columns) + PRIORS.index(name) for name in OWNERS]
        return np.concatenate([columns, columns, facts]).astype(np.int64)

    def by_owner(self, shares: NDArray[np.floating]) -> Matrix:
        """Shares (n, width) of a row's numbers, added up by owner: (n, owners)."""
        columns = len(self.columns)
        summed = np.zeros((len(shares), len(self.owners)))
        summed[:, :columns] = shares[:, :columns] + shares[:, columns : 2 * columns]
        for place, fact in enumerate(self.owner[2 * columns :]):
            summed[:, fact] += shares[:, 2 * columns + place]
        return summed

    def of_request(self, inputs: FusionInputs) -> Floats:
        """The candidates' rows (n, width)."""
        one = np.ones_like(inputs.is_new)
        facts = [inputs.is_new, inputs.ln_people, one * np.log1p(inputs.events), one * inputs.has_text]
        return np.concatenate([inputs.z, inputs.places, facts]).T.astype(np.float32)

    def of_examples(self, examples: FusionExamples, rows: Rows) -> Floats:
        """These rows of the examples, (len(rows), width)."""
        question = examples.question[rows]
        facts = (
            examples.is_new[rows],
            examples.ln_people[rows],
            np.log1p(examples.events[question]),
            examples.has_text[question],
        )
        return np.concatenate(
            [examples.z[rows], examples.places[rows], np.stack(facts, axis=1)], axis=1, dtype=np.float32
        )

    def moments(self, examples: FusionExamples, seed: int) -> tuple[Floats, Floats]:
        """Mean and deviation (width,) of each number over the examples; deviation 1 where nothing varies."""
        size = len(examples.item_rows)
        drawn = np.random.default_rng(seed).integers(0, size, SAMPLE) if size > SAMPLE else np.arange(size)
        seen = self.of_examples(examples, drawn)
        deviation = seen.std(axis=0, dtype=np.float64)
        scale = np.where(deviation > 1e-6, deviation, 1.0)
        return seen.mean(axis=0, dtype=np.float64).astype(np.float32), scale.astype(np.float32)


def enough(examples: FusionExamples, plugin: str) -> None:
    """Raise TooLittleDataError unless enough questions have a right candidate, and a wrong one to tell it from."""
    if not examples.columns:
        raise TooLittleDataError(f"{plugin} has no score column to learn from: the pipeline needs a ranker.")
    usable = int(np.count_nonzero(answerable(examples)))
    if usable < FEWEST_QUESTIONS:
        raise TooLittleDataError(
            f"{plugin} learns from questions whose right answer is among the candidates: {usable} of "
            f"{examples.questions} are, at least {FEWEST_QUESTIONS} are needed. More people with several events help."
        )


def answerable(examples: FusionExamples) -> NDArray[np.bool_]:
    """Questions (q,) that have a right candidate and a wrong one."""
    right = np.bincount(examples.question, weights=examples.positive > 0, minlength=examples.questions)
    return np.asarray((right > 0) & (right < np.diff(examples.starts)))


def untrained(profile: Profile, candidates: Candidates, method: str) -> Slate:
    """The ranking before anything was learned: the sum of how unusual each score is, all columns alike."""
    columns = standardise(profile, candidates, tuple(candidates.columns))
    z = dict(zip(columns.names, columns.z, strict=True))
    return ranked(profile, candidates, z, z, f"{method} (untrained)")


def shown(layout: Layout, inputs: FusionInputs, candidates: Candidates) -> dict[str, Matrix]:
    """z of the trained columns that are there, by name, for an explanation."""
    return {name: inputs.z[place] for place, name in enumerate(layout.columns) if name in candidates.columns}
