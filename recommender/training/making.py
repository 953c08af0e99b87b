"""From a part of the events and what rankers learned of it to a world."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.sparse import csr_matrix

from recommender.plugins.training import Learned, TrainingData
from recommender.plugins.types import Floats, Ids, Mask
from recommender.services.refresh import POPULARITY_WINDOW_DAYS, Choices, neighbour_rows
from recommender.serving.assembly import Assembly
from recommender.training.worlds import Packed, Shelf, Trained, World

SECONDS_A_DAY = 86_400


def trained(plan: Assembly, learned: Mapping[str, Learned], item_ids: Ids) -> dict[str, Trained]:
    """The items' part of what was learned, as a request would read it: vectors in half precision, rows packed."""
    return {
        slug: Trained(
            vectors=None if one.vectors is None else one.vectors.astype(np.float16).astype(np.float32),
            measures=plan.tables.get(slug, ()),
            packed=packed_rows(one, plan.tables[slug], item_ids) if slug in plan.tables else {},
        )
        for slug, one in learned.items()
    }


def packed_rows(learned: Learned, measures: tuple[str, ...], item_ids: Ids) -> Packed:
    """Rows of item-to-item measures as `LearnedNeighbours.packed` holds them, by item id."""
    matrices = [csr_matrix(learned.neighbours[name]) for name in measures]
    first = matrices[0]
    rows: dict[int, bytes] = {}
    for row in np.flatnonzero(np.diff(first.indptr)).tolist():
        span = slice(first.indptr[row], first.indptr[row + 1])
        parts = [item_ids[first.indices[span]].astype("<i8"), *(one.data[span].astype("<f4") for one in matrices)]
        rows[int(item_ids[row])] = b"".join(part.tobytes() for part in parts)
    return rows


def _popularity(part: TrainingData) -> Floats:
    """Sums of kind weights (n,), faded back from the newest event within the window, as `services.refresh` counts."""
    weights = part.weights.astype(np.float64)
    known = np.isfinite(part.times)
    if known.any() and part.half_life_days:
        days = np.where(known, (part.times[known].max() - np.where(known, part.times, 0.0)) / SECONDS_A_DAY, 0.0)
        half_lives = np.array([np.inf if one is None else one for one in part.half_life_days])[part.kinds]
        weights *= np.where(days > POPULARITY_WINDOW_DAYS, 0.0, 0.5 ** (days / half_lives))
    return np.bincount(part.items, weights=weights, minlength=part.size).astype(np.float32)


def world_of(
    shelf: Shelf,
    part: TrainingData,
    inside: Mask,
    sentences: Mapping[tuple[str, str], Floats],
    learned: Mapping[str, Trained] | None = None,
) -> World:
    """The catalog as it would be after these events."""
    known = np.flatnonzero(part.known)
    choices = Choices(csr_matrix(part.matrix[:, known]), part.item_ids[known])
    return World(
        shelf=shelf,
        inside=inside,
        people=part.popularity,
        popularity=_popularity(part),
        neighbours=dict(neighbour_rows(choices, lambda step, done, total: None)),
        sentences=sentences,
        trained=learned or {},
    )
