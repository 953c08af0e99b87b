"""What new items are worth here, read from what people did with those they were shown.

Simulated cold starts make old items play new ones; how people take to items that are really new, only recorded answers
tell. Of each answer one chose among what one saw: P(i) ∝ exp(a·(s_i + δ·new_i)) (McFadden 1974), with the clicks
weighed by inverse propensity. δ is drawn towards 0, so that few clicks correct little.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from recommender.plugins.training import FusionExamples

Numbers = NDArray[np.float64]
SEGMENT = "clicked"
FEWEST_ANSWERS = 50
"""With new and other items shown beside each other."""
PRIOR_ANSWERS = 20.0
"""δ = 0 counts like so many answers in which it would be one standard deviation of the scores off."""


def newcomers_offset(examples: FusionExamples, scores: Numbers) -> float:
    """δ, to be added to the scores (rows,) of new items; 0 while there are too few recorded answers with both kinds."""
    rows = _of_recorded(examples)
    if not len(rows):
        return 0.0
    question = np.unique(examples.question[rows], return_inverse=True)[1]
    s, new = scores[rows], examples.is_new[rows].astype(np.float64)
    chosen = (examples.positive[rows] > 0) * examples.weights[rows].astype(np.float64)
    spread = float(s.std()) or 1.0
    total = np.bincount(question, chosen)

    def loss(parameters: Numbers) -> float:
        slope, offset = np.exp(parameters[0]) / spread, parameters[1] * spread
        utility = slope * (s + offset * new)
        peak = np.full(len(total), -np.inf)
        np.maximum.at(peak, question, utility)
        worth = np.log(np.bincount(question, np.exp(utility - peak[question]))) + peak
        return float(total @ worth - chosen @ utility + PRIOR_ANSWERS * parameters[1] ** 2 / 2)

    found = minimize(loss, np.zeros(2), method="L-BFGS-B", bounds=[(-5, 5), (-5, 5)])
    return float(found.x[1] * spread)


def _of_recorded(examples: FusionExamples) -> NDArray[np.int64]:
    """Rows of recorded answers in which new and other items stood, one of them chosen."""
    if SEGMENT not in examples.segment_names:
        return np.empty(0, dtype=np.int64)
    of = examples.question
    count = np.diff(examples.starts)
    new = np.bincount(of, examples.is_new > 0, examples.questions)
    right = np.bincount(of, examples.positive > 0, examples.questions)
    told = (examples.segments == examples.segment_names.index(SEGMENT)) & (new > 0) & (new < count) & (right > 0)
    return np.flatnonzero(told[of]) if told.sum() >= FEWEST_ANSWERS else np.empty(0, dtype=np.int64)
