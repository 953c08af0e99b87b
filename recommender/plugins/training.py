"""The learning side of the plugin API: what a plugin is given to learn from, and what it gives back.

A plugin that learns is an ordinary ranker or fusion strategy that also is `Trainable`. Before it was trained its
columns are NaN (“cannot say”), so that it can stand in a pipeline from the start. Training fits several times on parts
of the catalog's events (people and items held out inside), asks questions whose answers are known, and once more on
everything; `fit` must not read the database, keep state between calls, or take more than its share of memory.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recommender.plugins.contracts import FusionStrategy, PluginSettings, Ranker
from recommender.plugins.exceptions import PluginError
from recommender.plugins.types import Features, Floats, Ids, Mask, Profile, Vectors

S = TypeVar("S", bound=PluginSettings)
Rows = NDArray[np.int64]
"""Positions in `TrainingData.item_ids`."""


class TrainingCancelledError(PluginError):
    """The training was cancelled."""


class TooLittleDataError(PluginError):
    """There is too little to learn from. The message says what is missing; the plugin stays untrained."""


@dataclass(frozen=True)
class Sentences:
    """What people might have written: generated from the labels of their first items, in several wordings.

    Row k belongs to the person `people[k]`; `vectors` (s, d) are unit rows in the pipeline's first text space,
    `events[k]` says from how many of the person's first events the sentence was written: these are no targets for it.
    """

    people: Rows = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    vectors: Vectors = field(default_factory=lambda: np.empty((0, 0), dtype=np.float32))
    events: Rows = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.people)


@dataclass(frozen=True)
class TrainingData:
    """Positive events of the people who agreed to be learned from, and the items' texts, as flat arrays.

    Person p's events are `items[starts[p] : starts[p + 1]]`, oldest first, each item once; `items` holds positions in
    `item_ids` (n,), `weights` the weights of the events' kinds, `kinds` positions in `kind_names`, `times` seconds
    since 1970 (NaN where unknown), `half_life_days` how fast each kind fades in what is popular. `vectors[key]` (n,
    d) are the unit text vectors of a space (zero where an item has none), `whitened[key]` the same in whitened
    coordinates; the first key is the pipeline's own space. `structured` (n, T) holds categories, tags and attributes
    as unit rows.
    """

    item_ids: Ids
    starts: Rows
    items: Rows
    weights: Floats
    kinds: NDArray[np.int8]
    times: NDArray[np.float64]
    kind_names: tuple[str, ...]
    half_life_days: tuple[float | None, ...] = ()
    vectors: Mapping[str, Vectors] = field(default_factory=dict)
    whitened: Mapping[str, Vectors] = field(default_factory=dict)
    structured: csr_matrix = field(default_factory=lambda: csr_matrix((0, 0), dtype=np.float32))
    sentences: Sentences = field(default_factory=Sentences)

    @property
    def people(self) -> int:
        """How many people there are."""
        return len(self.starts) - 1

    @property
    def size(self) -> int:
        """How many items there are, with events or without."""
        return len(self.item_ids)

    def history(self, person: int) -> Rows:
        """The person's items, oldest first."""
        return self.items[self.starts[person] : self.starts[person + 1]]

    @cached_property
    def matrix(self) -> csr_matrix:
        """X (people, items): 1 where the person has a positive event on the item."""
        ones = np.ones(len(self.items), dtype=np.float32)
        return csr_matrix((ones, self.items.copy(), self.starts.copy()), shape=(self.people, self.size))

    @cached_property
    def popularity(self) -> Floats:
        """People per item (n,)."""
        return np.bincount(self.items, minlength=self.size).astype(np.float32)

    @cached_property
    def known(self) -> Mask:
        """Items with at least one event (n,)."""
        return np.asarray(self.popularity > 0)

    def text(self) -> tuple[Vectors, Vectors] | None:
        """Plain and whitened vectors (n, d) of the first text space, or None where there is none."""
        key = next(iter(self.vectors), None)
        return None if key is None else (self.vectors[key], self.whitened[key])


Tell = Callable[[str, int, int], None]


def silent(step: str, done: int, total: int) -> None:
    """Tells nobody."""


@dataclass(frozen=True)
class Training:
    """How to train: the seed that decides all chance, and whom to tell of the progress (step, done, total).

    Call `tell` at least once per epoch: it raises TrainingCancelledError when somebody stopped the run.
    """

    seed: int = 0
    tell: Tell = silent


@dataclass(frozen=True)
class Learned:
    """What was learned of each item, kept in Postgres and fetched with an answer's candidates.

    `vectors` (n, d): F in a space of the plugin's own, aligned with `TrainingData.item_ids`; a zero row where there is
    nothing to say. `neighbours[measure]` (n, n) sparse: row i holds what item i of a history adds to other items; all
    measures of a plugin share one pattern of at most a few hundred entries a row.
    """

    vectors: Vectors | None = None
    neighbours: Mapping[str, csr_matrix] = field(default_factory=dict)


class Trainable(ABC):
    """What learns has these; `save` and `load_from` keep what is needed at request time, never the items' part."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write what was learned into an empty folder: safetensors and JSON (`recommender.plugins.artefacts`)."""

    @abstractmethod
    def load_from(self, folder: Path) -> None:
        """Be as after the `fit` that was saved. Raises PluginUnavailableError when the files do not fit."""


class TrainableRanker(Ranker[S], Trainable):
    """A ranker that learns from events."""

    measures: ClassVar[tuple[str, ...]] = ()
    """Measures of the item-to-item rows it learns, in order; `profile.tables[slug]` holds those of the history."""

    @abstractmethod
    def fit(self, data: TrainingData, training: Training) -> Learned:
        """Learn from these events. The same data and seed give the same result. May raise TooLittleDataError."""


class SpaceModel(TrainableRanker[S]):
    """A ranker with a vector space of its own: S = P·F, the person's vector (d,) times each item's.

    Its item vectors lie in Postgres with an index, so the retriever `vector` with the setting `space` = its slug
    searches them too. Items that came after the training have no vector yet: `complete` makes one from their text.
    """

    @abstractmethod
    def person(self, profile: Profile) -> Floats | None:
        """P in the model's own space (d,), or None when nothing is known or nothing was learned.

        `profile.space(self.slug)` holds the trained vectors of the history, `(n, d)` newest first, and of the anchors.
        """

    def complete(self, features: Features) -> Vectors | None:
        """F (n, d) of items that have no vector in the space, from their texts; None where that cannot be said."""
        return None

    def products(self, profile: Profile, features: Features) -> Floats | None:
        """P·F (n,) of these items; NaN where an item has no vector and none can be made; None without a P."""
        person, own = profile.space(self.slug), features.vectors.get(self.slug)
        if person is None or person.aim is None or own is None:
            return None
        scores = np.asarray(own @ person.aim, dtype=np.float32)
        missing = np.flatnonzero(~own.any(axis=1))
        if len(missing):
            scores[missing] = np.nan
            if (made := self.complete(features)) is not None:
                missing = missing[made[missing].any(axis=1)]
                scores[missing] = made[missing] @ person.aim
        return scores


@dataclass(frozen=True)
class FusionExamples:
    """Questions whose answers are known, as a fusion strategy sees them: rows of candidates, grouped by question.

    Question q has the rows `starts[q] : starts[q + 1]`. `z` and `places` (rows, f) are the standardised columns
    `columns`, exactly what `fusion_inputs` gives at request time. `is_new` and `ln_people` (rows,) are facts of the
    items, `events` and `has_text` (q,) of the request. `labels` (rows, k) says which kinds of events followed
    (`kinds`), `relevant` (q,) how many items were right in all, found or not. `segments` (q,) points into
    `segment_names`; each segment weighs the same. `persons` (q, d) and `item_vectors[item_rows]` are P and F in
    whitened coordinates of the first text space. `weights` (rows,) correct for how the rows came to be seen (1 for
    simulated questions, inverse propensities for recorded answers).
    """

    columns: tuple[str, ...]
    starts: Rows
    z: Floats
    places: Floats
    is_new: Floats
    ln_people: Floats
    events: Floats
    has_text: Floats
    labels: Floats
    kinds: tuple[str, ...]
    relevant: Floats
    segments: NDArray[np.int8]
    segment_names: tuple[str, ...]
    item_rows: Rows
    item_vectors: Vectors
    persons: Vectors
    weights: Floats

    @property
    def questions(self) -> int:
        """How many questions there are."""
        return len(self.starts) - 1

    @cached_property
    def question(self) -> Rows:
        """The question of each row (rows,)."""
        return np.repeat(np.arange(self.questions), np.diff(self.starts))

    @cached_property
    def positive(self) -> Floats:
        """1 where any kind of positive event followed (rows,)."""
        return self.labels.max(axis=1) if self.labels.size else np.zeros(len(self.item_rows), dtype=np.float32)

    @cached_property
    def question_weights(self) -> Floats:
        """Weight of each question (q,): every segment weighs the same, the mean is 1."""
        counts = np.bincount(self.segments, minlength=len(self.segment_names)).astype(np.float32)
        weights = 1.0 / np.maximum(counts[self.segments], 1.0)
        return np.asarray(weights * (len(weights) / max(weights.sum(), 1e-9)), dtype=np.float32)


class TrainableFusion(FusionStrategy[S], Trainable):
    """A fusion strategy that learns φ(S, P, F) from questions whose answers are known."""

    @abstractmethod
    def fit(self, examples: FusionExamples, training: Training) -> None:
        """Learn from these questions. The same examples and seed give the same result."""
