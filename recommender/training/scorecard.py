"""A scorecard: how good a pipeline is on the catalog's own held-out events, beside what it should beat.

Everything is asked the same questions: the pipeline, the list that everybody gets, the default pipeline as it is before
any training, and whatever else one wants to see. The figures are plain JSON, kept in `Scorecard.figures`; with them the
result of every question, so that a later scorecard of the same questions can be compared question by question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.calibration import ece
from recommender.plugins.training import Tell, silent
from recommender.training.exposure import Stock, exposure, gaps
from recommender.training.metrics import (
    MEASURES,
    SEGMENTS,
    Comparison,
    Judged,
    compare,
    compare_apart,
    plain,
    summary,
)

if TYPE_CHECKING:
    from recommender.training.profile_attributes import Attribute

POPULARITY = "popularity"
UNTRAINED = "untrained"
"""Names an `Asker` knows beside the slugs of pipelines; a slug cannot take them away, these come first."""
BASELINES = (POPULARITY, UNTRAINED)
TITLES = {POPULARITY: "Popularity", UNTRAINED: "Default, untrained"}
EVENTS = {"text0": "0", "shot1": "1", "shot2": "2", "shot5": "5", "known": "known"}
"""How many events the system knows of a person in a segment over the full catalog."""
FORMAT = 1
DECIMALS = 5

Asker = Callable[[str], Judged]
"""The slug of a pipeline, `popularity` or `untrained` → its answers to the questions, always the same ones."""
Pairs = tuple[NDArray[np.floating], NDArray[np.floating]]


@dataclass(frozen=True)
class Facts:
    """What the figures beside the measures are made from.

    `stock`: the items, by the rows that lists hold. `groups`: profile attributes that an operator listed, their codes
    by the person's code in `Judged`. `calibration`: the pipeline's probabilities and what came to pass (0 or 1), by the
    name of a kind of event, or “kind in segment”. `seconds`: what each step cost. The last two may
    grow while systems are asked.
    """

    stock: Stock
    groups: Mapping[str, Attribute] = field(default_factory=dict)
    calibration: Mapping[str, Pairs] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Exam:
    """Questions with known answers, whom they can be put to, and what the figures beside the answers rest on."""

    ask: Asker
    facts: Facts


def assemble(
    ask: Asker,
    pipeline: str,
    facts: Facts,
    others: Sequence[str] = (),
    titles: Mapping[str, str] | None = None,
    *,
    seed: int = 0,
    tell: Tell = silent,
) -> dict[str, Any]:
    """All figures of a scorecard. `others` are more pipelines to compare with, `titles` how pipelines are called."""
    named = {**TITLES, **(titles or {})}
    systems = list(dict.fromkeys((pipeline, *BASELINES, *others)))
    answers: dict[str, Judged] = {}
    for place, system in enumerate(systems):
        tell(f"asking {named.get(system, system)}", place, len(systems) + 1)
        answers[system] = ask(system)
    tell("comparing", len(systems), len(systems) + 1)
    ours = answers[pipeline]
    told = {
        "format": FORMAT,
        "asked": ours.asked,
        "pipeline": pipeline,
        "order": systems,
        "systems": {
            system: {
                "title": named.get(system, system),
                "segments": summary(judged, seed),
                "shows": exposure(judged, facts.stock),
            }
            for system, judged in answers.items()
        },
        "comparisons": {
            system: rows_of_comparison(compare(ours, judged, seed))
            for system, judged in answers.items()
            if system != pipeline
        },
        "stock": _stock(facts.stock),
        "calibration": {name: _calibration(*pairs) for name, pairs in facts.calibration.items()},
        "gaps": gaps(ours, facts.groups, seed),
        "seconds": [[step, seconds] for step, seconds in facts.seconds.items()],
        "questions": _questions(ours),
    }
    return dict(plain(told))


def rows_of_comparison(comparison: Comparison) -> dict[str, dict[str, Any]]:
    """A comparison as JSON, by segment and `total`."""
    return {name: dict(plain(asdict(row))) for name, row in comparison.rows().items()}


def against(figures: Mapping[str, Any], other: Mapping[str, Any], seed: int = 0) -> tuple[dict[str, Any], bool]:
    """The pipeline of one stored scorecard against that of another, and whether their questions were the same.

    Of the same questions the differences are paired; of others the intervals are those of independent samples.
    """
    ours, theirs = _judged(figures), _judged(other)
    same = ours.asked == theirs.asked
    comparison = compare(ours, theirs, seed) if same else compare_apart(ours, theirs, seed)
    return rows_of_comparison(comparison), same


def _stock(stock: Stock) -> dict[str, float]:
    offered = stock.offered
    return {
        "items": int(offered.sum()),
        "new": int((stock.is_new & offered).sum()),
        "popularity": float(stock.people[offered].mean()) if offered.any() else 0.0,
    }


def _calibration(probabilities: NDArray[np.floating], outcomes: NDArray[np.floating]) -> dict[str, float]:
    """How far the stated probabilities are off, beside what was stated and what came to pass on the whole."""
    return {
        "ece": ece(probabilities, outcomes),
        "stated": float(np.mean(probabilities)) if len(probabilities) else 0.0,
        "happened": float(np.mean(outcomes)) if len(outcomes) else 0.0,
        "answers": len(probabilities),
    }


def _questions(judged: Judged) -> dict[str, Any]:
    """Each question's result. The people are numbered anew: no stored figure says who they are."""
    _, person = np.unique(judged.person, return_inverse=True)
    values = {measure: np.round(getattr(judged, measure), DECIMALS).tolist() for measure in MEASURES}
    return {"segment": judged.segment.tolist(), "person": person.tolist(), **values}


def _judged(figures: Mapping[str, Any]) -> Judged:
    """What `_questions` kept; the lists are gone."""
    kept = figures["questions"]
    values = {measure: np.array(kept[measure], dtype=np.float64) for measure in MEASURES}
    segment = np.array(kept["segment"], dtype=np.int8)
    person = np.array(kept["person"], dtype=np.int64)
    lists = np.full((len(segment), 0), -1, dtype=np.int64)
    return Judged(segment=segment, person=person, lists=lists, asked=str(figures["asked"]), **values)


def systems_of(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The systems, the pipeline first: Postgres keeps JSON without the order of its keys."""
    return [figures["systems"][name] for name in figures["order"]]


def comparisons_of(figures: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The title of each other system and how the pipeline compares with it, in the same order."""
    others = (name for name in figures["order"] if name != figures["pipeline"])
    return [(figures["systems"][name]["title"], figures["comparisons"][name]) for name in others]


def segments_of(figures: Mapping[str, Any]) -> list[str]:
    """The segments that were asked, in their order."""
    told = figures["systems"][figures["pipeline"]]["segments"]
    return [name for name in SEGMENTS if name in told]
