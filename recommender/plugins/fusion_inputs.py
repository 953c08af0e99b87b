"""What a fusion strategy that learns is given, in training and in a request alike: S standardised, facts, P and F."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.plugins.columns import unit
from recommender.plugins.standardise import Matrix, standardise
from recommender.plugins.types import Candidates, Floats, Profile, Vectors


@dataclass(frozen=True)
class FusionInputs:
    """One request: `z` and `places` (f, n) of the columns asked for, zero where a source is missing or cannot say.

    `is_new` and `ln_people` = ln(1 + people) are (n,), `events` and `has_text` facts of the request.
    """

    columns: tuple[str, ...]
    z: Matrix
    places: Matrix
    is_new: Floats
    ln_people: Floats
    events: float
    has_text: float


def fusion_inputs(profile: Profile, candidates: Candidates, columns: Sequence[str]) -> FusionInputs:
    """The candidates as a fusion that was trained on `columns` sees them."""
    there = [name for name in columns if name in candidates.columns]
    standardised = standardise(profile, candidates, there)
    places = [list(columns).index(name) for name in there]
    shape = (len(columns), len(candidates))
    z, r = np.zeros(shape), np.zeros(shape)
    z[places], r[places] = standardised.z, standardised.places
    people = candidates.features.people[: len(candidates)]
    return FusionInputs(
        columns=tuple(columns),
        z=z,
        places=r,
        is_new=(people == 0).astype(np.float32),
        ln_people=np.log1p(people, dtype=np.float32),
        events=float(profile.events),
        has_text=float(profile.has_text),
    )


def person_vector(profile: Profile) -> Floats | None:
    """P (d,): sentence and behaviour blended in whitened coordinates of the first text space, length one."""
    person = profile.space()
    if person is None:
        return None
    rows = person.whitened_history[person.whitened_history.any(axis=1)]
    sentence, behaviour = person.whitened_sentence, unit(rows.mean(axis=0)) if len(rows) else None
    if sentence is None or behaviour is None:
        return behaviour if sentence is None else sentence
    share = np.float32(profile.sentence_share)
    return unit(share * sentence + (np.float32(1.0) - share) * behaviour)


def item_vectors(profile: Profile, candidates: Candidates) -> Vectors | None:
    """F (n, d) of the candidates in whitened coordinates of the first text space."""
    person = profile.space()
    rows = None if person is None else candidates.features.whitened.get(person.space.key)
    return None if rows is None else rows[: len(candidates)]
