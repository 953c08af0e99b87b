"""What lists show, whether or not it is right: how much of the catalog, how many newcomers, how varied, to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.types import Mask, Vectors
from recommender.training.metrics import SEGMENTS, Judged

if TYPE_CHECKING:
    from recommender.training.profile_attributes import Attribute

NEW_ITEMS = SEGMENTS.index("new_items")
"""The questions of this segment rank new items only: they say nothing about what is shown of the whole catalog."""
SMALLEST_GROUP = 20
SHUFFLES = 200
LISTS_AT_ONCE = 512


@dataclass(frozen=True)
class Stock:
    """The items that could be shown, as the questions met them.

    `offered` (n,): in the catalog; `is_new` (n,): without a training event; `people` (n,): how many chose each;
    `vectors` (n, d): unit text vectors, zero where an item has none; None where the pipeline has no text space.
    """

    offered: Mask
    is_new: Mask
    people: NDArray[np.floating]
    vectors: Vectors | None = None


def exposure(judged: Judged, stock: Stock) -> dict[str, float | None]:
    """Coverage, new items, popularity and diversity of the lists over the full catalog; None where it cannot be said.

    `coverage`: share of the offered items in any list. `new_items`: their share of the places over their share of the
    catalog, 1 is neutral. `popularity`: mean number of people behind an item shown. `diversity`: 1 - mean cosine
    between the items of a list, by their texts.
    """
    lists = judged.lists[judged.segment != NEW_ITEMS]
    shown = lists[lists >= 0]
    if not len(shown):
        return dict.fromkeys(("coverage", "new_items", "popularity", "diversity"))
    offered = int(stock.offered.sum())
    share = float((stock.is_new & stock.offered).sum()) / offered
    return {
        "coverage": len(np.unique(shown)) / offered,
        "new_items": float(stock.is_new[shown].mean()) / share if share else None,
        "popularity": float(stock.people[shown].mean()),
        "diversity": None if stock.vectors is None else diversity(lists, stock.vectors),
    }


def diversity(lists: NDArray[np.int64], vectors: Vectors) -> float | None:
    """1 - mean cosine of all pairs within a list, mean over the lists with two or more items that have a vector.

    The sum over all pairs is (|Σ v|² - Σ |v|²) / 2, so no pair is looked at.
    """
    has = np.asarray(vectors.any(axis=1))
    found: list[NDArray[np.float64]] = []
    for start in range(0, len(lists), LISTS_AT_ONCE):
        part = lists[start : start + LISTS_AT_ONCE]
        there = (part >= 0) & has[part]
        rows = vectors[part] * there[:, :, None]
        count = there.sum(axis=1)
        together = np.square(rows.sum(axis=1, dtype=np.float64)).sum(axis=1) - count
        found.append(1 - together[count > 1] / (count * (count - 1))[count > 1])
    values = np.concatenate(found) if found else np.empty(0)
    return float(values.mean()) if len(values) else None


def gaps(judged: Judged, groups: Mapping[str, Attribute], seed: int = 0) -> dict[str, dict[str, Any]]:
    """Per profile attribute how far NDCG@20 lies apart between its groups. Attributes are those an operator listed.

    Each attribute's codes are looked up by `judged.person`. A group counts with 20 or more people. `gap` is the highest
    mean minus the lowest, `by_chance` what 19 of 20 random groupings of the same people stay under: some gap is always
    there. `groups` has mean and people of each.
    """
    return {name: gap for name, one in groups.items() if (gap := _gap(judged, one, seed)) is not None}


def _gap(judged: Judged, attribute: Attribute, seed: int) -> dict[str, Any] | None:
    people, person = np.unique(judged.person, return_inverse=True)
    codes = attribute.codes[people]
    sizes = np.bincount(codes[codes >= 0], minlength=len(attribute.values))
    counted = np.flatnonzero(sizes >= SMALLEST_GROUP)
    if len(counted) < 2:
        return None
    inside = np.isin(codes, counted)
    values = _centred(judged, person)
    means = _group_means(values, codes, counted)
    rng = np.random.default_rng(seed)
    shuffled = codes.copy()
    chance = []
    for _ in range(SHUFFLES):
        shuffled[inside] = rng.permutation(codes[inside])
        chance.append(float(np.ptp(_group_means(values, shuffled, counted))))
    names = [attribute.values[code] for code in counted]
    return {
        "gap": float(np.ptp(means)),
        "by_chance": float(np.quantile(chance, 0.95)),
        "groups": {
            name: {"ndcg": float(mean), "people": int(sizes[code])}
            for name, mean, code in zip(names, means, counted, strict=True)
        },
    }


def _centred(judged: Judged, person: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each person's mean, as if everybody had been asked in the same segments: segments differ in how hard they are."""
    asked = np.bincount(judged.groups, minlength=len(SEGMENTS))
    level = np.bincount(judged.groups, judged.ndcg, len(SEGMENTS)) / np.maximum(asked, 1)
    typical = level[asked > 0].mean()
    return np.asarray(np.bincount(person, judged.ndcg - level[judged.segment]) / np.bincount(person) + typical)


def _group_means(
    values: NDArray[np.float64], codes: NDArray[np.int32], counted: NDArray[np.int64]
) -> NDArray[np.float64]:
    known = codes >= 0
    count = np.bincount(codes[known], minlength=int(counted.max()) + 1)
    sums = np.bincount(codes[known], values[known], int(counted.max()) + 1)
    return np.asarray(sums[counted] / count[counted])
