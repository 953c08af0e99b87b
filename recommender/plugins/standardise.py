"""Scores of different kinds made comparable: how unusual (z) and in which place (rank), apart for known and new items.

A source scores known items (somebody chose them) and new ones on different grounds, so each group is its own yardstick.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.types import Candidates, Ids, Mask, Profile

Matrix = NDArray[np.float64]

LOWEST, HIGHEST = -4.0, 12.0
"""Bounds of z."""
FEWEST_REFERENCE_ROWS = 20
"""With fewer the reference says nothing about its group, and the candidates stand for themselves."""
FEWEST_OF_A_GROUP = 10


@dataclass(frozen=True)
class Standardised:
    """`z` (f, n) and `places` (f, n) = 1/log2(2 + rank) of f columns and n candidates; 0 where a source cannot say."""

    names: tuple[str, ...]
    z: Matrix
    places: Matrix


def standardise(profile: Profile, candidates: Candidates, names: Sequence[str], *, apart: bool = True) -> Standardised:
    """z and places of the named columns over the candidates; known and new items apart, or all by one yardstick.

    Mean and deviation are estimated for the whole group in the catalog: candidates count as themselves, the reference
    stands for the rest. A sparse source (few items share a person with yours) is then measured well by a small sample,
    because nearly all items that it scores are candidates. A source that gives a whole group the same says nothing. A
    group of fewer than ten is measured by all items.
    """
    shape = (len(names), len(candidates))
    z, places = np.zeros(shape), np.zeros(shape)
    scores = np.array([candidates.columns[name] for name in names], dtype=np.float64).reshape(
        shape[0], len(candidates.features)
    )
    everything = np.ones(len(candidates.features), dtype=np.bool_)
    new, fresh_reference = candidates.features.is_new if apart else everything, _fresh_reference(candidates)
    items, seed = _catalog_size(profile), request_seed(profile)
    for group in (new, ~new):
        chosen = np.flatnonzero(group[: len(candidates)])
        if not len(chosen) or not names:
            continue
        # A few items are no yardstick: the only new item of a catalog would be neither unusual nor usual in anything.
        yardstick = group if np.count_nonzero(group) >= FEWEST_OF_A_GROUP else everything
        measured, sample = np.flatnonzero(yardstick[: len(candidates)]), np.flatnonzero(yardstick & fresh_reference)
        mean, deviation = _moments(scores, measured, sample, _rest(candidates, yardstick, items))
        own = scores[:, chosen]
        telling = (np.isfinite(own).T & (deviation > 1e-9)).T
        unusual = (own - mean[:, None]) / np.where(deviation > 1e-9, deviation, 1.0)[:, None]
        z[:, chosen] = np.where(telling, np.clip(unusual, LOWEST, HIGHEST), 0.0)
        ranks = _places(scores[:, measured], candidates.item_ids[measured], names, seed)
        places[:, chosen] = np.where(telling, ranks[:, np.searchsorted(measured, chosen)], 0.0)
    return Standardised(tuple(names), z, places)


def request_seed(profile: Profile) -> int:
    """A number that depends on the sentence and the history alone: the same request, the same order of ties."""
    digest = hashlib.blake2b(profile.text.encode(), digest_size=8)
    digest.update(np.ascontiguousarray(profile.history.item_ids).tobytes())
    return int.from_bytes(digest.digest(), "little")


def lots(item_ids: Ids, seed: int) -> NDArray[np.uint64]:
    """A number drawn for each item, to order ties by: random over items and seeds, the same for the same of both."""
    drawn = item_ids.astype(np.uint64) + np.array([seed & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # the finaliser of SplitMix64
        drawn = (drawn ^ (drawn >> np.uint64(shift))) * np.array([factor], dtype=np.uint64)
    return np.asarray(drawn ^ (drawn >> np.uint64(31)), dtype=np.uint64)


def _fresh_reference(candidates: Candidates) -> Mask:
    """Rows of the reference that are not candidates as well."""
    ids = candidates.features.item_ids
    fresh = np.ones(len(ids), dtype=np.bool_)
    fresh[: len(candidates)] = False
    fresh[len(candidates) :] = ~np.isin(ids[len(candidates) :], candidates.item_ids)
    return fresh


def _catalog_size(profile: Profile) -> int:
    """How many items the catalog has, as far as the profile's first space knows; 0 without a space."""
    person = profile.space()
    return person.space.items if person else 0


def _rest(candidates: Candidates, group: Mask, catalog_size: int) -> float:
    """How many items of the group are in the catalog beside the candidates, judged by its share of the reference."""
    reference = group[len(candidates) :]
    share = float(reference.mean()) if len(reference) else 0.0
    return catalog_size * share - int(np.count_nonzero(group[: len(candidates)]))


def _moments(scores: Matrix, chosen: Ids, sample: Ids, rest: float) -> tuple[Matrix, Matrix]:
    """Mean and deviation (f,) over candidates and weighted reference, leaving out what is NaN."""
    weight = max(rest / len(sample), 1.0) if len(sample) >= FEWEST_REFERENCE_ROWS else 1.0
    weights = np.concatenate([np.ones(len(chosen)), np.full(len(sample), weight)])
    values = scores[:, np.concatenate([chosen, sample])]
    weights = np.where(np.isfinite(values), weights, 0.0)
    values = np.where(weights > 0, values, 0.0)
    total = np.maximum(weights.sum(axis=1), 1.0)
    mean = (weights * values).sum(axis=1) / total
    return mean, np.sqrt((weights * (values - mean[:, None]) ** 2).sum(axis=1) / total)


def _places(scores: Matrix, item_ids: Ids, names: Sequence[str], seed: int) -> Matrix:
    """1/log2(2 + rank) of each row (f, n), ranks from 0, ties in the order of each column's own lots, NaN last."""
    ties = np.array([lots(item_ids, seed ^ zlib.crc32(name.encode())) for name in names])
    order = np.lexsort((ties, -np.where(np.isfinite(scores), scores, -np.inf)), axis=-1)
    ranks = np.empty(scores.shape)
    np.put_along_axis(ranks, order, np.arange(scores.shape[1], dtype=np.float64)[None], axis=-1)
    return 1.0 / np.log2(2.0 + ranks)
