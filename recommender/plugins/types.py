"""The values that travel between the stages of an answer: frozen, holding numpy columns.

Notation of the papers: P a person's vectors (`Profile`), F the items' (`Candidates.features`), S the scores
(`Candidates.columns`), φ the fusion (`FusionStrategy`).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recommender.plugins.query import AttributeFilter as AttributeFilter
from recommender.plugins.query import ItemFilter as ItemFilter
from recommender.plugins.query import Query as Query
from recommender.plugins.query import Target as Target

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]
Vectors = NDArray[np.float32]
Mask = NDArray[np.bool_]
Role = Literal["query", "item"]


def no_ids() -> Ids:
    """An empty column of item ids."""
    return np.empty(0, dtype=np.int64)


def no_floats() -> Floats:
    """An empty column of scores."""
    return np.empty(0, dtype=np.float32)


@dataclass(frozen=True)
class SpaceInfo:
    """A live vector space as plugins see it.

    `mean` (d,) and `matrix` (d, d) whiten a unit vector: Z = (E - mean) @ matrix, rows normalised. Both are None
    until the space was fitted; whitening then leaves vectors as they are.
    """

    id: int
    key: str
    dimension: int
    items: int
    mean: Floats | None = None
    matrix: Floats | None = None
    fitted_at: datetime | None = None

    @property
    def version(self) -> tuple[int, datetime | None]:
        """Another version has other coordinates: what was computed in one means nothing in the other."""
        return self.id, self.fitted_at

    def whiten(self, vectors: Vectors) -> Vectors:
        """Whitened unit rows of (n, d) unit rows; zero rows stay zero."""
        if self.mean is None or self.matrix is None or not len(vectors):
            return vectors
        rows = np.asarray(vectors @ self.matrix, dtype=np.float32)
        rows -= self._whitened_mean
        rows[~vectors.any(axis=1)] = 0.0
        norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        rows /= np.where(norms > 0, norms, np.float32(1.0))[:, None]
        return rows

    @cached_property
    def _whitened_mean(self) -> Floats:
        assert self.mean is not None
        assert self.matrix is not None
        return np.asarray(self.mean @ self.matrix, dtype=np.float32)


@dataclass(frozen=True)
class History:
    """Opinions of items, newest first, one row per item: ids (n,), the weight of each event's kind (n,), kind names.

    A person's `history` holds the positive ones, `disliked` the negative ones.
    """

    item_ids: Ids = field(default_factory=no_ids)
    weights: Floats = field(default_factory=no_floats)
    kinds: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.item_ids)


@dataclass(frozen=True)
class NeighbourTable:
    """Rows of an item-to-item table, flat: each entry's seed (e,), its neighbour (e,), and the measures (e,) by name.

    The counted table has knn and cond, a trained one what its plugin learned.
    """

    seeds: Ids = field(default_factory=no_ids)
    item_ids: Ids = field(default_factory=no_ids)
    measures: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class SpaceProfile:
    """P in one space: the sentence's vector (d,) or None, and the history's, (n, d), zero where an item has none.

    `anchors` (m, d) are the vectors of the sentence's anchors. In the space of a trained model `aim` (d,) is what the
    model makes of all that, and there is no sentence vector: sentences live in text spaces.
    """

    space: SpaceInfo
    sentence: Floats | None
    history: Vectors
    anchors: Vectors | None = None
    aim: Floats | None = None

    @cached_property
    def behaviour(self) -> Floats | None:
        """Mean of the history's vectors (d,), or None without any."""
        known = self.history[self.history.any(axis=1)]
        return known.mean(axis=0) if len(known) else None

    @cached_property
    def whitened_history(self) -> Vectors:
        """The history in whitened coordinates, (n, d)."""
        return self.space.whiten(self.history)

    @cached_property
    def whitened_sentence(self) -> Floats | None:
        """The sentence in whitened coordinates, (d,)."""
        return None if self.sentence is None else self.space.whiten(self.sentence[None])[0]


@dataclass(frozen=True)
class Profile:
    """A person as an answer sees them: the sentence and the behaviour, kept apart.

    `terms` are the sentence's terms; `history_lexical` and `history_structured` are the history's tf-idf and token
    rows, aligned with `history`. `anchors` are the known items that stand nearest to the sentence, with weights that
    sum to one: the pseudo-history through which collaborative sources answer a sentence, `anchors_structured` their
    token rows. `neighbours` holds the co-event rows of history and anchors, `tables[slug]` those that a trained ranker
    learned. `spaces` has the text spaces first, then those of trained models. `disliked` are the negative opinions.
    `sentence_share` in [0, 1] is how much of a blend belongs to the sentence: 1 without history, 0 without a
    sentence.
    """

    text: str = ""
    terms: tuple[str, ...] = ()
    history: History = field(default_factory=History)
    spaces: Mapping[str, SpaceProfile] = field(default_factory=dict)
    sentence_lexical: csr_matrix | None = None
    history_lexical: csr_matrix | None = None
    history_structured: csr_matrix | None = None
    anchors: History = field(default_factory=History)
    anchors_structured: csr_matrix | None = None
    neighbours: NeighbourTable = field(default_factory=NeighbourTable)
    tables: Mapping[str, NeighbourTable] = field(default_factory=dict)
    disliked: History = field(default_factory=History)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    profile_id: int | None = None
    session_id: str = ""

    @property
    def has_text(self) -> bool:
        """Whether the person said something that can be used."""
        return bool(self.text)

    @property
    def events(self) -> int:
        """Number of positive items in the history."""
        return len(self.history)

    @property
    def sentence_share(self) -> float:
        """How much of a blend of sentence and behaviour is the sentence's."""
        if not self.has_text:
            return 0.0
        return max(0.3, 3.0 / (3.0 + self.events)) if self.events else 1.0

    @property
    def is_empty(self) -> bool:
        """Nothing is known: neither a sentence nor behaviour."""
        return not self.has_text and not self.events

    def space(self, key: str = "") -> SpaceProfile | None:
        """P in the space of that encoder configuration; the pipeline's first space for an empty key."""
        return self.spaces.get(key) if key else next(iter(self.spaces.values()), None)


@dataclass(frozen=True)
class Shortlist:
    """What a retriever found: ids (n,) and scores (n,), best first. Scores compare only within one shortlist."""

    item_ids: Ids = field(default_factory=no_ids)
    scores: Floats = field(default_factory=no_floats)

    def __len__(self) -> int:
        return len(self.item_ids)


@dataclass(frozen=True)
class Features:
    """F: what is known of n items, row by row.

    `vectors[key]` and `whitened[key]` are (n, d), zero where an item has no vector yet. `lexical` (n, V) holds tf·idf
    weights with unit rows, `structured` (n, T) tokens with unit rows. `people` counts those with a positive event on
    the item, `popularity` the decayed weights within the window, `age_days` the days since publication (NaN:
    unknown).
    """

    item_ids: Ids
    vectors: Mapping[str, Vectors]
    whitened: Mapping[str, Vectors]
    lexical: csr_matrix
    structured: csr_matrix
    people: Floats
    popularity: Floats
    age_days: Floats

    def __len__(self) -> int:
        return len(self.item_ids)

    def take(self, rows: Ids) -> Features:
        """These rows, in this order."""
        return Features(
            self.item_ids[rows],
            {key: values[rows] for key, values in self.vectors.items()},
            {key: values[rows] for key, values in self.whitened.items()},
            self.lexical[rows],
            self.structured[rows],
            self.people[rows],
            self.popularity[rows],
            self.age_days[rows],
        )

    @property
    def is_new(self) -> Mask:
        """Items without a single positive event."""
        return np.asarray(self.people == 0)


Scores = Mapping[str, Floats]
"""A ranker's named columns, each (n,) and aligned with the items it was given; NaN means “cannot say”."""


@dataclass(frozen=True)
class Candidates:
    """The one table of an answer: the items to choose from, what is known of them, and a score column per source.

    The first `size` rows are candidates. The rows after them are a fixed random sample of the catalog, the
    *reference*: every ranker scores them too, so that a fusion can say how unusual a score is (z) and not only how
    large. They are never shown. `columns` are named `configuration.column`.
    """

    features: Features
    size: int
    columns: Mapping[str, Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.size

    @property
    def item_ids(self) -> Ids:
        """Ids of the candidates alone, (size,)."""
        return self.features.item_ids[: self.size]

    def showing_reference(self) -> Candidates:
        """The same table with the reference sample among the candidates, once more behind them for reference."""
        rows = np.concatenate([np.arange(len(self.features)), np.arange(self.size, len(self.features))])
        columns = {name: values[rows] for name, values in self.columns.items()}
        return Candidates(self.features.take(rows), len(self.features), columns)

    def with_scores(self, prefix: str, scores: Scores) -> Candidates:
        """The same table with a ranker's columns beside the others."""
        for name, values in scores.items():
            if values.shape != (len(self.features),):
                raise ValueError(f"{prefix}.{name}: {values.shape} scores for {len(self.features)} items")
        return replace(self, columns={**self.columns, **{f"{prefix}.{name}": v for name, v in scores.items()}})


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule touched an item: which rule (configuration slug), which item, what it did in a few words.

    `propensity` is the probability with which chance put the item there, where chance decided: it is recorded.
    """

    rule: str
    item_id: int
    effect: str
    propensity: float | None = None


@dataclass(frozen=True)
class Slate:
    """The ranking on its way to the answer: ids (n,) best first, scores (n,), and the shares of every score.

    `contributions[column]` is (n,): with the method's own constant in the column “constant” they add up to `scores`.
    `standardised[column]` is the value a column entered the fusion with. `rows` points into the candidates' table, or
    -1.
    """

    item_ids: Ids
    scores: Floats
    contributions: Mapping[str, Floats]
    standardised: Mapping[str, Floats]
    method: str
    candidates: Candidates
    rows: Ids
    hits: tuple[RuleHit, ...] = ()

    def __len__(self) -> int:
        return len(self.item_ids)

    def take(self, order: Ids | Sequence[int]) -> Slate:
        """The same ranking in another order, or a part of it: `order` are positions in this one."""
        index = np.asarray(order, dtype=np.int64)
        return replace(
            self,
            item_ids=self.item_ids[index],
            scores=self.scores[index],
            rows=self.rows[index],
            contributions={name: values[index] for name, values in self.contributions.items()},
            standardised={name: values[index] for name, values in self.standardised.items()},
        )

    def with_hits(self, hits: Sequence[RuleHit]) -> Slate:
        """The same ranking with more rule hits on record."""
        return replace(self, hits=(*self.hits, *hits))

    def first(self, limit: int) -> Slate:
        """The first `limit` items."""
        return self.take(np.arange(min(limit, len(self))))


def new_recommendation_id() -> uuid.UUID:
    """Made by the application, so that an answer knows its id before it is recorded."""
    return uuid.uuid4()
