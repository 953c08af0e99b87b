"""Scorecards for tests: answers as good as they were measured on a shop of office goods, and what belongs to them."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.training.exposure import Stock
from recommender.training.metrics import DEPTH, SEGMENTS, Judged
from recommender.training.profile_attributes import Attribute
from recommender.training.scorecard import Facts, assemble
from tests.recommender.training.judged import questions

ITEMS, NEW, PEOPLE = 800, 120, 240
LEVELS = {
    "popularity": (0.035, 0.035, 0.036, 0.037, 0.03, 0.01),
    "untrained": (0.15, 0.075, 0.08, 0.115, 0.14, 0.21),
    "default": (0.164, 0.083, 0.09, 0.126, 0.156, 0.245),
    "mail": (0.16, 0.085, 0.09, 0.12, 0.15, 0.15),
}


def answers(system: str, people: int = PEOPLE, draw: int = 0) -> Judged:
    """Answers of a system whose mean NDCG in each segment is about that of LEVELS; `draw` asks other people."""
    rng = np.random.default_rng(draw)
    segment, person = questions(people)
    ease = rng.gamma(1.0, 1.0, people)[person] * rng.binomial(1, 0.6, len(person)) / 0.6
    own = np.random.default_rng([draw, *system.encode()])
    level = np.array(LEVELS[system])[segment]
    ndcg = np.clip(level * ease * own.normal(1.0, 0.25, len(person)), 0, 1)
    return Judged(
        segment, person, ndcg, ndcg * 0.9, np.minimum(ndcg * 1.4, 1), _lists(system, len(person), own), f"{draw}"
    )


def _lists(system: str, count: int, rng: np.random.Generator) -> np.ndarray:
    """Everybody's favourites, or items near one another."""
    if system == "popularity":
        return np.tile(np.arange(DEPTH, dtype=np.int64), (count, 1))
    starts = rng.integers(0, ITEMS - 60, size=(count, 1))
    steps = np.argsort(rng.random((count, 60)), axis=1)[:, :DEPTH]
    return np.asarray(starts + steps, dtype=np.int64)


def facts(people: int = PEOPLE) -> Facts:
    """The shop: the last items are new, neighbours are alike, and two attributes are listed."""
    angle = np.linspace(0, 2 * np.pi, ITEMS)
    vectors = np.column_stack([np.cos(angle), np.sin(angle)]).astype(np.float32)
    counts = np.concatenate([np.sort(np.random.default_rng(1).geometric(0.1, ITEMS - NEW))[::-1], np.zeros(NEW)])
    stock = Stock(np.ones(ITEMS, dtype=bool), counts == 0, counts, vectors)
    codes = np.random.default_rng(2).integers(-1, 3, people).astype(np.int32)
    happened = np.random.default_rng(3).random(4000)
    calibration = {"click": (happened * 0.2, (np.random.default_rng(4).random(4000) < happened * 0.18).astype(float))}
    groups = {"region": Attribute(("north", "south", "west"), codes)}
    return Facts(stock, groups, calibration, {"learning": 71.5, "an answer": 0.0142})


def figures(pipeline: str = "default", people: int = PEOPLE, draw: int = 0, **options: Any) -> dict[str, Any]:
    """The figures of a scorecard."""
    titles = {"default": "Default", "mail": "Mail"}
    return assemble(lambda system: answers(system, people, draw), pipeline, facts(people), titles=titles, **options)


assert len(SEGMENTS) == len(LEVELS["default"])
