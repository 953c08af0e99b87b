"""Small values for tests of plugins, made without a database: items of a few numbers, Anna who has a history, Ben who
has a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_matrix

from recommender.plugins.contracts import Ranker
from recommender.plugins.registry import BUILT_IN, create
from recommender.plugins.types import (
    Candidates,
    Features,
    Floats,
    History,
    NeighbourTable,
    Profile,
    Query,
    Slate,
    SpaceInfo,
    SpaceProfile,
)

SPACE = "text"
READS_THE_DATABASE = {"graph"}
"""Built-in rankers that cannot work on values alone."""


def floats(values: ArrayLike) -> Floats:
    """Values as plugins get them."""
    return np.asarray(values, dtype=np.float32)


def unit_rows(values: ArrayLike) -> Floats:
    """Rows at length one; zero rows stay zero."""
    rows = floats(values)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def sparse(values: ArrayLike) -> csr_matrix:
    """Unit rows, sparse."""
    return csr_matrix(unit_rows(values))


def space(items: int = 0, dimension: int = 4, shifted: bool = False) -> SpaceInfo:
    """A space that does not whiten, or one that takes a mean away and stretches."""
    if not shifted:
        return SpaceInfo(1, SPACE, dimension, items)
    return SpaceInfo(1, SPACE, dimension, items, np.full(dimension, 0.2, np.float32), np.diag(floats([3, 1, 1, 1])))


def features(
    vectors: ArrayLike,
    lexical: ArrayLike | None = None,
    structured: ArrayLike | None = None,
    people: ArrayLike | None = None,
    age_days: ArrayLike | None = None,
    in_space: SpaceInfo | None = None,
) -> Features:
    """F of items with ids 1, 2, 3 …; what is not given is empty."""
    rows = unit_rows(vectors)
    size, nothing = len(rows), np.zeros((len(rows), 3))
    return Features(
        item_ids=np.arange(1, size + 1, dtype=np.int64),
        vectors={SPACE: rows},
        whitened={SPACE: (in_space or space()).whiten(rows)},
        lexical=sparse(nothing if lexical is None else lexical),
        structured=sparse(nothing if structured is None else structured),
        people=floats(np.ones(size) if people is None else people),
        popularity=floats(np.zeros(size)),
        age_days=floats(np.full(size, np.nan) if age_days is None else age_days),
    )


def table(size: int, columns: Mapping[str, ArrayLike], people: ArrayLike | None = None) -> Candidates:
    """Candidates with ready columns; rows beyond `size` are the reference."""
    rows = len(np.asarray(next(iter(columns.values()))))
    about = features(np.tile([1, 0, 0, 0], (rows, 1)), people=people)
    return Candidates(about, size, {name: floats(values) for name, values in columns.items()})


def anna(
    history: ArrayLike,
    item_ids: tuple[int, ...] | None = None,
    lexical: ArrayLike | None = None,
    structured: ArrayLike | None = None,
    sentence: ArrayLike | None = None,
    in_space: SpaceInfo | None = None,
    neighbours: NeighbourTable | None = None,
) -> Profile:
    """A person with a history, newest first, and a sentence when its vector is given."""
    rows = unit_rows(history)
    ids = np.array(item_ids or range(101, 101 + len(rows)), dtype=np.int64)
    return Profile(
        text="" if sentence is None else "something warm",
        history=History(ids, floats(np.ones(len(ids))), ("like",) * len(ids)),
        spaces={SPACE: SpaceProfile(in_space or space(), _sentence(sentence), rows)},
        history_lexical=None if lexical is None else sparse(lexical),
        history_structured=None if structured is None else sparse(structured),
        neighbours=neighbours or NeighbourTable(),
    )


def ben(sentence: ArrayLike, lexical: ArrayLike | None = None, anchors: History | None = None) -> Profile:
    """A new person with a sentence."""
    return Profile(
        text="something warm",
        spaces={SPACE: SpaceProfile(space(), _sentence(sentence), np.empty((0, 4), np.float32))},
        sentence_lexical=None if lexical is None else sparse(floats(lexical)[None]),
        anchors=anchors or History(),
    )


def _sentence(vector: ArrayLike | None) -> Floats | None:
    return None if vector is None else unit_rows(floats(vector)[None])[0]


def query(limit: int = 3) -> Query:
    """A request for a few items."""
    return Query(catalog_id=1, limit=limit, now=datetime(2026, 1, 1, tzinfo=UTC))


def slate(scores: ArrayLike, vectors: ArrayLike | None = None) -> Slate:
    """A ranking of items 1, 2, 3 … with these scores, all from one source."""
    values = floats(scores)
    about = features(np.tile([1, 0, 0, 0], (len(values), 1)) if vectors is None else vectors)
    return Slate(
        item_ids=about.item_ids,
        scores=values,
        contributions={"similarity.cos": values},
        standardised={"similarity.cos": values},
        method="test",
        candidates=Candidates(about, len(values), {"similarity.cos": values}),
        rows=np.arange(len(values), dtype=np.int64),
    )


NOBODY = Profile()
"""A person of whom nothing is known."""


def town(seed: int = 0, candidates: int = 40, reference: int = 200) -> tuple[Candidates, Profile]:
    """A random catalog, half of it new, with Anna's three events: enough of everything for every ranker and fusion."""
    draw = np.random.default_rng(seed)
    size = candidates + reference
    people = draw.integers(0, 30, size) * draw.integers(0, 2, size)
    words, tokens = draw.random((size, 30)) * (draw.random((size, 30)) < 0.2), draw.random((size, 8)) < 0.3
    about = features(draw.normal(size=(size, 4)), words, tokens, people, draw.random(size) * 100, space(items=5000))
    seeds = np.repeat(np.array([101, 102, 103], dtype=np.int64), 20)
    measures = {"knn": floats(draw.random(60)), "cond": floats(draw.random(60))}
    near = NeighbourTable(seeds, draw.integers(1, size, 60), measures)
    history = draw.normal(size=(3, 4))
    facts = draw.random((3, 8)) < 0.3
    person = anna(history, None, draw.random((3, 30)), facts, None, space(items=5000), near)
    return Candidates(about, candidates), person


def everyone() -> dict[str, Profile]:
    """Anna as the town knows her, Ben who is new, and nobody."""
    return {"anna": town()[1], "ben": ben([1, 0, 0, 0]), "nobody": NOBODY}


def scored(profile: Profile, candidates: Candidates) -> Candidates:
    """The table with the columns of every built-in ranker that reads no database: what a fusion strategy sees."""
    for name in sorted(BUILT_IN["ranker"].keys() - READS_THE_DATABASE):
        ranker = create("ranker", name, {})
        assert isinstance(ranker, Ranker)
        candidates = candidates.with_scores(name, ranker.rank(profile, candidates))
    return candidates


def fingerprint(value: Any) -> bytes:
    """A digest of everything a value holds, to see whether a plugin changed what it was given."""
    digest = blake2b()
    _feed(digest, value)
    return digest.digest()


def _feed(digest: blake2b, value: Any) -> None:
    if isinstance(value, np.ndarray):
        digest.update(repr((value.shape, str(value.dtype))).encode() + value.tobytes())
    elif isinstance(value, csr_matrix):
        _feed(digest, (value.shape, value.data, value.indices, value.indptr))
    elif is_dataclass(value):
        _feed(digest, [getattr(value, part.name) for part in fields(value)])
    elif isinstance(value, Mapping):
        _feed(digest, list(value.items()))
    elif isinstance(value, list | tuple):
        digest.update(f"{len(value)}:".encode())
        for part in value:
            _feed(digest, part)
    else:
        digest.update(repr(value).encode())
