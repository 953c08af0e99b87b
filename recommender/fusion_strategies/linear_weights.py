"""The weights of the linear fusion: names as an administrator edits them, matrices as the arithmetic needs them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from recommender.fusion_strategies.context_linear import CONTEXTS, FACTS, Matrix

SOURCES = {
    "pop": "popularity.pop",
    "cos": "similarity.cos",
    "cosw": "similarity.cosw",
    "cosmax": "similarity.cosmax",
    "tfidf": "lexical-match.tfidf",
    "tfmax": "lexical-match.tfmax",
    "knn": "co-events.knn",
    "cond": "co-events.cond",
    "struct": "affinity.struct",
}
"""Source → the column it is read from; another configuration's column of that name serves where this one is missing."""
FEATURES = (*(f"z:{s}" for s in SOURCES), *(f"r:{s}" for s in SOURCES), *(f"c:{fact}" for fact in FACTS))
"""Features in order: z of every source, place of every source, facts about the item and the request."""
TIMES = " * "


@dataclass(frozen=True)
class Shipped:
    """default_fusion.json: the features' means and scales (f,), and the weights by name."""

    mean: Matrix
    scale: Matrix
    weights: Mapping[str, float]


@lru_cache(maxsize=1)
def shipped() -> Shipped:
    """The weights that come with the platform."""
    data: dict[str, Any] = json.loads(Path(__file__).with_name("default_fusion.json").read_text(encoding="utf-8"))
    if tuple(data["features"]) != FEATURES or tuple(data["contexts"]) != CONTEXTS:
        raise ValueError("default_fusion.json names other features or contexts than linear_weights.py")
    table = np.column_stack([data["w"], data["G"]])
    return Shipped(np.array(data["mean"]), np.array(data["scale"]), named(table))


def named(table: Matrix) -> dict[str, float]:
    """What is not zero of a table (features, 1 + contexts), by name: “z:cos” alone, “z:cos * n” in the context n."""
    contexts = ("", *(TIMES + context for context in CONTEXTS))
    return {
        feature + context: float(table[row, column])
        for row, feature in enumerate(FEATURES)
        for column, context in enumerate(contexts)
        if table[row, column]
    }


def tabled(weights: Mapping[str, float]) -> Matrix:
    """The table (features, 1 + contexts) of named weights; a name that means nothing raises ValueError."""
    table = np.zeros((len(FEATURES), 1 + len(CONTEXTS)))
    for name, weight in weights.items():
        feature, _, context = name.partition(TIMES)
        if feature not in FEATURES:
            raise ValueError(f"{name}: there is no feature “{feature}”. Features: {', '.join(FEATURES)}.")
        if context and context not in CONTEXTS:
            raise ValueError(f"{name}: there is no context “{context}”. Contexts: {', '.join(CONTEXTS)}.")
        table[FEATURES.index(feature), 1 + CONTEXTS.index(context) if context else 0] = weight
    return table
