"""Scores made into probabilities, and how far stated probabilities are from what came to pass.

A calibrator is a rising line from scores to log-odds: straight where there are few positives (Platt, 1999), with a
bend at every step of an isotonic regression where there are many (Zadrozny and Elkan, KDD 2002). A line has no flat
steps, so what was ordered stays ordered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.special import expit, logit

Values = NDArray[np.floating[Any]]
Doubles = NDArray[np.float64]

MANY_POSITIVES = 1000
"""From here on isotonic: with fewer its steps follow chance."""
FEWEST_POSITIVES = 20
"""A group with fewer shares the calibrator of all."""
MOST_KNOTS = 500
FLATTEST = 1e-3
"""Least slope of a line: a score that tells nothing still decides between equals."""


@dataclass(frozen=True)
class Calibrator:
    """Scores → log-odds: straight between the knots (m,), and beyond the outer ones with `slope` per unit of score."""

    scores: Doubles
    log_odds: Doubles
    slope: float

    def logits(self, scores: Values) -> Doubles:
        """Log-odds (n,)."""
        inside = np.interp(scores, self.scores, self.log_odds)
        beyond = np.minimum(scores - self.scores[0], 0.0) + np.maximum(scores - self.scores[-1], 0.0)
        return np.asarray(inside + self.slope * beyond, dtype=np.float64)

    def slopes(self, scores: Values) -> Doubles:
        """How fast the log-odds rise at these scores (n,)."""
        rises = np.concatenate([[self.slope], np.diff(self.log_odds) / np.diff(self.scores), [self.slope]])
        return np.asarray(rises[np.searchsorted(self.scores, scores)], dtype=np.float64)

    def probabilities(self, scores: Values) -> Doubles:
        """Probabilities (n,)."""
        return np.asarray(expit(self.logits(scores)), dtype=np.float64)

    def facts(self) -> dict[str, Any]:
        """As JSON can say it."""
        return {"scores": self.scores.tolist(), "log_odds": self.log_odds.tolist(), "slope": self.slope}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Calibrator:
        """What `facts` said."""
        return cls(np.array(facts["scores"]), np.array(facts["log_odds"]), float(facts["slope"]))


def calibrated(scores: Values, labels: Values, weights: Values | None = None) -> Calibrator:
    """A calibrator for these scores (n,) and what came of them, 0 or 1 (n,): isotonic from 1,000 positives, else Platt.

    `weights` (n,) count an observation more than once, such as inverse propensities.
    """
    counts: Doubles = np.ones(len(scores)) if weights is None else weights.astype(np.float64)
    straight = _platt(scores.astype(np.float64), labels.astype(np.float64), counts)
    return straight if np.count_nonzero(labels) < MANY_POSITIVES else _isotonic(scores, labels, counts, straight.slope)


def calibrated_groups(
    scores: Values, labels: Values, groups: NDArray[np.integer[Any]], count: int, weights: Values | None = None
) -> tuple[Calibrator, ...]:
    """A calibrator for each of `count` groups; a group with hardly any positives has the calibrator of all."""
    counts: Values = np.ones(len(scores)) if weights is None else weights
    everyone, found = calibrated(scores, labels, counts), []
    for group in range(count):
        own = groups == group
        enough = np.count_nonzero(labels[own]) >= FEWEST_POSITIVES
        found.append(calibrated(scores[own], labels[own], counts[own]) if enough else everyone)
    return tuple(found)


def ece(probabilities: Values, labels: Values, bins: int = 15) -> float:
    """Expected calibration error: Σ_b n_b/N · |share that came to pass - mean probability| over bins of equal mass."""
    if not len(probabilities):
        return 0.0
    order = np.argsort(probabilities, kind="stable")
    off = [
        abs(float(labels[part].astype(np.float64).sum() - probabilities[part].astype(np.float64).sum()))
        for part in np.array_split(order, min(bins, len(order)))
    ]
    return float(sum(off) / len(order))


def brier(probabilities: Values, labels: Values) -> float:
    """Mean squared distance of the probabilities from what came to pass (Brier, 1950)."""
    gaps = probabilities.astype(np.float64) - labels.astype(np.float64)
    return float(np.mean(gaps**2)) if len(gaps) else 0.0


def _platt(scores: Doubles, labels: Doubles, weights: Doubles) -> Calibrator:
    """log-odds = a·score + b by Newton's method; the targets are drawn in a little, as Platt has it."""
    positives, negatives = float((weights * labels).sum()), float((weights * (1 - labels)).sum())
    target = np.where(labels > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    middle, scale = float(scores.mean()), max(float(scores.std()), 1e-6)
    design = np.column_stack([(scores - middle) / scale, np.ones(len(scores))])
    solution = np.array([0.0, logit((positives + 1) / (positives + negatives + 2))])
    for _ in range(30):
        p = expit(design @ solution)
        curvature = (design * (weights * p * (1 - p))[:, None]).T @ design + 1e-6 * np.eye(2)
        step = np.linalg.solve(curvature, design.T @ (weights * (target - p)))
        solution = solution + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-8:
            break
    if solution[0] / scale < FLATTEST:  # it falls or says nothing: the base rate, and the order as it was
        return Calibrator(np.array([middle]), logit([(positives + 1) / (positives + negatives + 2)]), FLATTEST)
    return Calibrator(np.array([middle]), solution[1:], float(solution[0] / scale))


def _isotonic(scores: Values, labels: Values, weights: Doubles, slope: float) -> Calibrator:
    """Knots at the middles of the steps of an isotonic regression over scores in small bins of equal mass."""
    order = np.argsort(scores, kind="stable")
    starts = np.unique(np.linspace(0, len(order), min(MOST_KNOTS, len(order)), endpoint=False).astype(np.int64))
    mass = np.add.reduceat(weights[order], starts)
    middles = np.add.reduceat((weights * scores)[order], starts) / mass
    rates = np.add.reduceat((weights * labels)[order], starts) / mass
    steps = isotonic_regression(rates, weights=mass)
    begins = steps.blocks[:-1]
    weight = np.add.reduceat(mass, begins)
    x, p = np.add.reduceat(mass * middles, begins) / weight, steps.x[begins]
    least = 0.5 / len(order)
    rising = np.concatenate([[True], np.diff(x) > 1e-9])  # bins of one and the same score fall together
    return Calibrator(x[rising], np.asarray(logit(np.clip(p, least, 1 - least)))[rising], slope)
