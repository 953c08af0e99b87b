"""Questions with a planted answer, the same questions as requests, and how well a fusion answers them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.testing.training import examples
from recommender.plugins.testing.values import NOBODY, features, floats, space
from recommender.plugins.training import FusionExamples, TrainableFusion
from recommender.plugins.types import Candidates, History, Profile, Slate, SpaceProfile

Utility = Callable[[FusionExamples], NDArray[np.floating[Any]]]
RIGHT = 2
"""Right candidates a question, of each kind."""


def planted(kinds: dict[str, Utility], questions: int = 400, columns: int = 4, seed: int = 0) -> FusionExamples:
    """Questions in which the two candidates of the highest utility are right, for each kind by its own utility.

    All items are known and z is standardised in each question, so that a request sees the very numbers.
    """
    plain = examples(questions=questions, columns=columns, seed=seed)
    z = plain.z.reshape(questions, -1, columns)
    z = ((z - z.mean(axis=1, keepdims=True)) / z.std(axis=1, keepdims=True)).reshape(plain.z.shape)
    people = np.maximum(plain.ln_people, np.float32(np.log(2)))
    plain = replace(plain, z=z, is_new=np.zeros_like(plain.is_new), ln_people=people)
    labels = np.zeros((len(plain.item_rows), len(kinds)), dtype=np.float32)
    for kind, utility in enumerate(kinds.values()):
        highest = np.argsort(-utility(plain).reshape(questions, -1), axis=1)[:, :RIGHT]
        labels[(plain.starts[:-1, None] + highest).ravel(), kind] = 1
    return replace(plain, labels=labels, kinds=tuple(kinds), relevant=np.full(questions, RIGHT, dtype=np.float32))


def request(examples: FusionExamples, question: int) -> tuple[Profile, Candidates]:
    """The question as a request: a person whose one event has the vector P, candidates with the examples' columns."""
    rows = slice(examples.starts[question], examples.starts[question + 1])
    person = examples.persons[question]
    past = History(np.array([9000], dtype=np.int64), floats([1]), ("click",))
    own = SpaceProfile(space(dimension=len(person)), None, person[None])
    about = features(
        examples.item_vectors[examples.item_rows[rows]], people=np.rint(np.expm1(examples.ln_people[rows]))
    )
    columns = {name: examples.z[rows, place] for place, name in enumerate(examples.columns)}
    return replace(NOBODY, history=past, spaces={"text": own}), Candidates(about, len(about), columns)


def fused(plugin: TrainableFusion[Any], examples: FusionExamples, question: int = 0) -> Slate:
    """The question's ranking."""
    return plugin.fuse(*request(examples, question))


def quality(plugin: TrainableFusion[Any], examples: FusionExamples, kind: int = 0, questions: int = 100) -> float:
    """Mean NDCG of the first questions: 1 where the right candidates of the kind stand in front."""
    discounts = 1 / np.log2(2 + np.arange(int(np.diff(examples.starts).max())))
    found = []
    for question in range(questions):
        right = examples.labels[examples.starts[question] : examples.starts[question + 1], kind]
        ranked = right[fused(plugin, examples, question).rows]
        found.append((ranked * discounts[: len(ranked)]).sum() / discounts[: int(right.sum())].sum())
    return float(np.mean(found))
