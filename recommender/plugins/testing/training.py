"""Small worlds for tests of plugins that learn, made without a database: a village of two tastes, and its questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_matrix

from recommender.plugins.testing.values import unit_rows
from recommender.plugins.training import (
    FusionExamples,
    Learned,
    Rows,
    Sentences,
    SpaceModel,
    TrainableRanker,
    TrainingData,
)
from recommender.plugins.types import (
    Candidates,
    Features,
    Floats,
    History,
    NeighbourTable,
    Profile,
    SpaceInfo,
    SpaceProfile,
    no_floats,
)

TEXT = "text"


def village(people: int = 200, items: int = 120, new: int = 20, seed: int = 0, dimension: int = 16) -> TrainingData:
    """People of two tastes who choose popular items of their taste; the last `new` items have no events yet.

    Even items belong to one taste, odd ones to the other, and their text vectors say so.
    """
    draw = np.random.default_rng(seed)
    vectors = unit_rows(_tastes(np.arange(items) % 2, dimension) + 0.6 * draw.normal(size=(items, dimension)))
    appeal = 1.0 / (1 + np.arange(items - new) // 2)
    histories = []
    for person in range(people):
        likes = appeal * np.where(np.arange(items - new) % 2 == person % 2, 1.0, 0.03)
        count = int(draw.integers(3, 12))
        histories.append(draw.choice(items - new, size=count, replace=False, p=likes / likes.sum()))
    sentences = unit_rows(_tastes(np.arange(people) % 2, dimension) + 0.3 * draw.normal(size=(people, dimension)))
    return training_data(histories, vectors, sentences)


def _tastes(taste: Rows, dimension: int) -> Floats:
    directions = np.random.default_rng(99).normal(size=(2, dimension)) * 0.5
    return np.asarray(directions[taste], dtype=np.float32)


def training_data(histories: Sequence[ArrayLike], vectors: Floats, sentences: Floats) -> TrainingData:
    """Training data of these histories (positions of items, oldest first), text vectors, and a sentence a person."""
    rows = [np.asarray(one, dtype=np.int64) for one in histories]
    lengths, items = np.array([len(one) for one in rows], dtype=np.int64), np.concatenate(rows)
    people = np.arange(len(histories), dtype=np.int64)
    return TrainingData(
        item_ids=np.arange(1, len(vectors) + 1, dtype=np.int64) * 10,
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        items=items,
        weights=np.ones(len(items), dtype=np.float32),
        kinds=np.zeros(len(items), dtype=np.int8),
        times=np.full(len(items), np.nan),
        kind_names=("click",),
        vectors={TEXT: vectors},
        whitened={TEXT: vectors},
        structured=csr_matrix((len(vectors), 1), dtype=np.float32),
        sentences=Sentences(people, sentences, np.minimum(lengths, 3)),
    )


def asked(
    ranker: TrainableRanker[Any],
    learned: Learned,
    data: TrainingData,
    history: Sequence[int] = (),
    sentence: Floats | None = None,
    anchors: Sequence[int] = (),
) -> dict[str, Floats]:
    """The ranker's columns for all items (n,), as a request would compute them for this person.

    `history` are positions of items, newest first; `anchors` those that stand for the sentence. Items whose trained
    vector is zero count as not yet trained, as in a request.
    """
    past, near = np.array(history, dtype=np.int64), np.array(anchors, dtype=np.int64)
    profile = _profile(ranker, learned, data, past, near, sentence)
    if isinstance(ranker, SpaceModel):
        own = profile.spaces[ranker.slug]
        aimed = SpaceProfile(own.space, None, own.history, own.anchors, ranker.person(profile))
        profile = replace(profile, spaces={**profile.spaces, ranker.slug: aimed})
    return dict(ranker.rank(profile, Candidates(_features(ranker, learned, data), data.size)))


def _profile(
    ranker: TrainableRanker[Any],
    learned: Learned,
    data: TrainingData,
    past: Rows,
    near: Rows,
    sentence: Floats | None,
) -> Profile:
    spaces = {}
    for place, (key, rows) in enumerate(data.vectors.items()):
        info = SpaceInfo(place + 1, key, rows.shape[1], data.size)
        spaces[key] = SpaceProfile(info, sentence, rows[past], rows[near])
    if learned.vectors is not None:
        rows = learned.vectors
        info = SpaceInfo(99, ranker.slug, rows.shape[1], data.size)
        spaces[ranker.slug] = SpaceProfile(info, None, rows[past], rows[near])
    ones = np.ones(len(past), dtype=np.float32)
    weights = np.full(len(near), 1.0 / max(len(near), 1), dtype=np.float32)
    seeds = np.unique(np.concatenate([past, near]))
    return Profile(
        text="" if sentence is None else "something",
        history=History(data.item_ids[past], ones, ("click",) * len(past)),
        spaces=spaces,
        anchors=History(data.item_ids[near], weights, ("sentence",) * len(near)),
        tables={ranker.slug: _table(learned, data, seeds)} if learned.neighbours else {},
    )


def _table(learned: Learned, data: TrainingData, seeds: Rows) -> NeighbourTable:
    measures, found = {}, None
    for name, matrix in learned.neighbours.items():
        found = matrix[seeds].tocsr()
        measures[name] = found.data.astype(np.float32)
    assert found is not None
    return NeighbourTable(
        np.repeat(data.item_ids[seeds], np.diff(found.indptr)), data.item_ids[found.indices], measures
    )


def _features(ranker: TrainableRanker[Any], learned: Learned, data: TrainingData) -> Features:
    own = {} if learned.vectors is None else {ranker.slug: learned.vectors}
    return Features(
        item_ids=data.item_ids,
        vectors={**data.vectors, **own},
        whitened={**data.whitened, **own},
        lexical=csr_matrix((data.size, 1), dtype=np.float32),
        structured=data.structured,
        people=data.popularity,
        popularity=data.popularity,
        age_days=np.full(data.size, np.nan, dtype=np.float32),
    )


def examples(questions: int = 300, rows: int = 30, columns: int = 4, seed: int = 0) -> FusionExamples:
    """Questions in which the first column is right more often than not, the second half of the time; two segments."""
    draw = np.random.default_rng(seed)
    total = questions * rows
    z = draw.normal(size=(total, columns)).astype(np.float32)
    utility = 1.5 * z[:, 0] + 0.5 * z[:, 1 % columns] + draw.gumbel(size=total)
    labels = np.zeros((total, 1), dtype=np.float32)
    labels[np.arange(questions) * rows + utility.reshape(questions, rows).argmax(axis=1)] = 1
    people = draw.integers(0, 5, total).astype(np.float32)
    return FusionExamples(
        columns=tuple(f"source-{number}.score" for number in range(columns)),
        starts=np.arange(questions + 1, dtype=np.int64) * rows,
        z=z,
        places=_places(z, rows),
        is_new=(people == 0).astype(np.float32),
        ln_people=np.log1p(people),
        events=(np.arange(questions) % 2 * 5).astype(np.float32),
        has_text=(np.arange(questions) % 2 == 0).astype(np.float32),
        labels=labels,
        kinds=("click",),
        relevant=np.ones(questions, dtype=np.float32),
        segments=(np.arange(questions) % 2).astype(np.int8),
        segment_names=("text0", "shot5"),
        item_rows=draw.integers(0, 50, total),
        item_vectors=unit_rows(draw.normal(size=(50, 8))),
        persons=unit_rows(draw.normal(size=(questions, 8))),
        weights=np.ones(total, dtype=np.float32),
    )


def _places(z: Floats, rows: int) -> Floats:
    if not len(z):
        return no_floats()
    ranks = (-z.reshape(-1, rows, z.shape[1])).argsort(axis=1).argsort(axis=1)
    return np.asarray(1.0 / np.log2(2.0 + ranks.reshape(len(z), z.shape[1])), dtype=np.float32)
