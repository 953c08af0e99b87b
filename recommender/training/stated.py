"""Probabilities that a fusion strategy states of the kinds of event, and what came to pass, on held-out questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.types import Candidates, Profile
from recommender.selectors.source import reading
from recommender.serving.assembly import Assembly
from recommender.training import asking
from recommender.training.cold_starts import Question
from recommender.training.worlds import World

MOST_QUESTIONS = 240
"""Each states hundreds of probabilities."""
Pairs = tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]


@runtime_checkable
class StatesProbabilities(Protocol):
    """A fusion strategy that says how likely each kind of event is."""

    def probabilities(self, profile: Profile, candidates: Candidates) -> Mapping[str, NDArray[np.floating[Any]]]:
        """The probability (n,) of each kind of event, by kind; nothing before training."""
        ...


def stated(
    world: World, plan: Assembly, questions: Sequence[Question], kinds: Sequence[str]
) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Probabilities and outcomes (0 or 1) of the candidates, by kind and by “kind in segment”; empty where none are."""
    fusion = plan.fusion
    if not isinstance(fusion, StatesProbabilities):
        return {}
    found: dict[str, list[Pairs]] = {}
    some = questions[:: max(1, -(-len(questions) // MOST_QUESTIONS))]
    with reading(world):
        for one in asking.ask(world, plan, some):
            candidates = one.run.scored(one.sight, one.query)
            if not len(candidates):
                continue
            rows = world.shelf.rows(candidates.item_ids)
            for kind, values in fusion.probabilities(one.sight.profile, candidates).items():
                right = one.question.relevant[one.question.kinds == kinds.index(kind)]
                pairs = values, np.isin(rows, right).astype(np.float64)
                for name in (kind, f"{kind} in {one.question.segment}"):
                    found.setdefault(name, []).append(pairs)
    return {
        name: (np.concatenate([p for p, _ in parts]).astype(np.float64), np.concatenate([y for _, y in parts]))
        for name, parts in found.items()
    }
