"""What leads from one item to the next, learned from events: EASE, what follows in time, random walks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from pydantic import Field
from scipy.sparse import csr_matrix

from recommender.plugins.artefacts import load_artefact, save_artefact
from recommender.plugins.columns import unknown
from recommender.plugins.contracts import PluginSettings
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.tables import RowSums, seed_items, seed_weights
from recommender.plugins.training import Learned, Rows, TooLittleDataError, TrainableRanker, Training, TrainingData
from recommender.plugins.types import Candidates, Features, Floats, Mask, Profile, Scores, Vectors
from recommender.rankers.ease import Ease
from recommender.rankers.item_measures import co_counts, followed, rp3, sequence, text_neighbours
from recommender.rankers.item_rows import best, best_of_dense, union, values_at

FEWEST_PEOPLE = 10
"""With at least two items; fewer say nothing about what goes together."""
CHUNK, CHUNK_OF_NEW = 2_000, 10_000_000
"""Rows counted at once, and how many numbers about new items."""


class ItemNeighboursSettings(PluginSettings):
    """How the rows are learned, how many entries they keep, and how the history fades."""

    regularisation: float = Field(
        200.0,
        gt=0,
        le=100_000,
        title="Regularisation of EASE",
        description="λ: the larger, the less an item weighs that few people share with another.",
    )
    exact: int = Field(
        10_000,
        ge=1,
        le=20_000,
        title="Most items for exact EASE",
        description="Up to so many items with events all are inverted: seconds and memory grow with cube and square.",
    )
    block: int = Field(
        7_000,
        ge=1,
        le=20_000,
        title="Items of the block beyond that",
        description="In larger catalogs so many of the most popular items are inverted; the others are approximated.",
    )
    neighbours: int = Field(
        50,
        ge=5,
        le=300,
        title="Neighbours",
        description="Each measure keeps its best of every item; all measures store what any of them keeps.",
    )
    new_neighbours: int = Field(
        25,
        ge=0,
        le=300,
        title="New neighbours",
        description="So many items without events each measure adds to an item's row, by the texts they resemble.",
    )
    decay: float = Field(
        0.85,
        gt=0,
        le=1,
        title="Decay",
        description="What an item of the history weighs beside the next newer one, in ease_d and seq; 1: the same.",
    )


class ItemNeighboursRanker(TrainableRanker[ItemNeighboursSettings]):
    """Weighted sums over learned rows of the history: `ease` (what other items' people have, each item held against all
    others at once), `ease_d` (the same, faded), `seq` (what follows soon, faded), `rp3` (random walks over people).

    A sentence speaks through its anchors. A new item has the scores of the known items whose texts are nearest to its
    own. 0 for items that no row of the history leads to; NaN for new ones without a text and for those that came after
    the training.
    """

    name = "item-neighbours"
    title = "Learned item neighbours"
    summary = "Where the items of the history lead: EASE, what follows in time, random walks; new items by their texts."
    Settings = ItemNeighboursSettings
    measures = ("ease", "seq", "rp3")
    columns = ("ease", "ease_d", "seq", "rp3")

    _newest: int | None = None
    """The largest item id that the training saw; None before it."""

    def rank(self, profile: Profile, candidates: Candidates) -> Scores:
        """Four columns; all NaN before training and without history and anchors."""
        features, table, seeds = candidates.features, profile.tables.get(self.slug), seed_items(profile)
        even = seed_weights(profile, seeds, 1.0)
        if table is None or self._newest is None or not even.any():
            return {name: unknown(len(features)) for name in self.columns}
        faded, rows = seed_weights(profile, seeds, self.settings.decay), RowSums(table, seeds, features.item_ids)
        columns = {
            "ease": rows.column("ease", even),
            "ease_d": rows.column("ease", faded),
            "seq": rows.column("seq", faded),
            "rp3": rows.column("rp3", even),
        }
        unseen = _unseen(features, self._newest)
        return {name: np.where(unseen, np.float32(np.nan), values) for name, values in columns.items()}

    def fit(self, data: TrainingData, training: Training) -> Learned:
        """Rows of every item with events. No chance is involved."""
        self._newest = None
        if (pairs := int((np.diff(data.starts) > 1).sum())) < FEWEST_PEOPLE:
            raise TooLittleDataError(
                f"item-neighbours learns from people with at least two items: there are {pairs}, it takes "
                f"{FEWEST_PEOPLE}. Import more events, or lower the thresholds of their kinds."
            )
        work = _Work(data, self.settings)
        parts = []
        for start in range(0, len(work.known), work.chunk):
            training.tell("item neighbours", start, len(work.known))
            parts.append(work.rows(np.arange(start, min(start + work.chunk, len(work.known)))))
        training.tell("item neighbours", len(work.known), len(work.known))
        self._newest = int(data.item_ids.max())
        return Learned(neighbours=_tables(parts, data.size))

    def save(self, folder: Path) -> None:
        """The rows are kept by the platform; here it is the newest item's id alone."""
        save_artefact(folder, {}, {"newest": self._newest})

    def load_from(self, folder: Path) -> None:
        """What `save` wrote."""
        newest = load_artefact(folder)[1].get("newest")
        if not isinstance(newest, int):
            raise PluginUnavailableError(f"The trained model in {folder.name} is not one of item-neighbours.")
        self._newest = newest


def _unseen(features: Features, newest: int) -> Mask:
    """New items of which the rows cannot speak: they came later, or have no text in the first space."""
    unseen, new = features.is_new & (features.item_ids > newest), np.flatnonzero(features.is_new)
    text = next(iter(features.vectors.values()), None)
    if text is not None:
        unseen[new[~text[new].any(axis=1)]] = True
    return unseen


@dataclass(frozen=True)
class _Part:
    """Some rows of the table: items (e,), the items they lead to (e,), the measures (e,)."""

    items: Rows
    others: Rows
    values: dict[str, Floats]


class _Work:
    """One fit: everything that its chunks share."""

    def __init__(self, data: TrainingData, settings: ItemNeighboursSettings) -> None:
        self._data, self._settings = data, settings
        self.known, self._new = np.flatnonzero(data.known), np.flatnonzero(~data.known)
        self._popularity = data.popularity[self.known]
        self._X = csr_matrix(data.matrix[:, self.known])
        self._ease = Ease(self._X, self._popularity, self._block(), settings.regularisation)

    @property
    def chunk(self) -> int:
        """How many rows are worked on at once."""
        return max(min(CHUNK, CHUNK_OF_NEW // max(len(self._new), 1)), 1)

    def rows(self, rows: Rows) -> _Part:
        """What these known items (positions among the known) lead to."""
        counts = co_counts(self._X, rows)
        counted = {
            "seq": sequence(self._follows, rows, self._popularity),
            "rp3": rp3(self._X, rows, self._popularity),
        }
        most = self._settings.neighbours
        row, column = union([self._ease.best(rows, counts, most), *(best(one, most) for one in counted.values())])
        values = {name: values_at(one, row, column) for name, one in counted.items()}
        values["ease"] = self._ease.values_at(rows, counts, row, column)
        smoothed = {name: np.asarray((one @ self._texts).toarray()) for name, one in counted.items()}
        smoothed["ease"] = self._ease.times(rows, counts, self._texts)
        new_row, new_column, new_values = _best_new(smoothed, self._settings.new_neighbours)
        return _Part(
            self.known[rows[np.concatenate([row, new_row])]],
            np.concatenate([self.known[column], self._new[new_column]]),
            {name: np.concatenate([values[name], new_values[name]]) for name in values},
        )

    def _block(self) -> Rows:
        size = len(self.known)
        most = size if size <= self._settings.exact else self._settings.block
        return np.sort(np.argsort(-self._popularity, kind="stable")[:most])

    @cached_property
    def _follows(self) -> csr_matrix:
        position = np.full(self._data.size, -1, dtype=np.int64)
        position[self.known] = np.arange(len(self.known))
        return followed(self._data, position, len(self.known))

    @cached_property
    def _texts(self) -> csr_matrix:
        """Tᵀ (known, new)."""
        text = self._data.text()
        if text is None or not self._settings.new_neighbours:
            return csr_matrix((len(self.known), len(self._new)), dtype=np.float32)
        return csr_matrix(text_neighbours(text[1], self.known, self._new, self._popularity).T)


def _best_new(smoothed: dict[str, Vectors], most: int) -> tuple[Rows, Rows, dict[str, Floats]]:
    row, column = union([best_of_dense(one, most) for one in smoothed.values()])
    return row, column, {name: one[row, column] for name, one in smoothed.items()}


def _tables(parts: list[_Part], size: int) -> dict[str, csr_matrix]:
    """One matrix (n, n) per measure; parts hold ascending rows, so that one pattern serves all."""
    items, others = np.concatenate([part.items for part in parts]), np.concatenate([part.others for part in parts])
    order = np.lexsort((others, items))
    starts = np.concatenate([[0], np.cumsum(np.bincount(items, minlength=size))])
    return {
        name: csr_matrix(
            (np.concatenate([part.values[name] for part in parts])[order], others[order], starts), shape=(size, size)
        )
        for name in ItemNeighboursRanker.measures
    }
