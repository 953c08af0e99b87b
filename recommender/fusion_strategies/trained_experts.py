"""A trained network of experts at request time: probabilities, the score they make, and each source's share of it.

Shares are Aumann–Shapley values (the Shapley value of a smooth game, in machine learning “integrated gradients”,
Sundararajan et al., ICML 2017): how the score grows from an item of which no source says anything to this one, summed
along the straight line between them. They cost a few passes for all candidates, where sampling Shapley values would
cost hundreds. What the few points on the line leave over goes to the shares in proportion: they add up exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.fusion_strategies.experts import Shape, Weights, beginning, continued, response
from recommender.fusion_strategies.fusion_features import CONSTANT, IS_NEW, Layout, Matrix
from recommender.plugins.calibration import Calibrator
from recommender.plugins.types import Floats

BEST, POINTS = 20, 8
"""The best candidates, which may be shown, are followed at 8 points of the line (6 % off on average, measured), the
others at its middle alone: their shares tell the direction, not the size (50 % off)."""
METHOD = "shares by integrated gradients"
Groups = NDArray[np.int64]
"""0 for a known item, 1 for a new one: they are calibrated apart."""


@dataclass(frozen=True)
class TrainedExperts:
    """Sizes, weights for raw rows, a calibrator for each kind and group, mean probabilities (kinds).

    `base` (width,) is an item of which no source says anything: zeros, and the mean number of people. `report` has ECE
    and Brier score by kind, on questions that neither network nor calibrator had seen.
    """

    layout: Layout
    kinds: tuple[str, ...]
    shape: Shape
    weights: Weights
    base: Floats
    calibrators: tuple[tuple[Calibrator, ...], ...]
    means: tuple[float, ...]
    report: Mapping[str, Any]

    def probabilities(self, x: Floats, groups: Groups) -> Matrix:
        """Calibrated probability of each kind for rows (n, width), (n, kinds)."""
        return self._calibrated(log_odds(self.shape, self.weights, x), groups)[0]

    def shares(self, x: Floats, groups: Groups, worths: Matrix) -> Matrix:
        """Each owner's share (n, owners) of the scores Σ_k worths_k · p_k of rows (n, width)."""
        high = beginning(self.shape, self.weights, x)
        scores = self._worth(high, groups, worths)
        start = self.base.copy()
        start[-2:] = x[:1, -2:].sum(axis=0)  # what is known of the person is the same for every item
        low = beginning(self.shape, self.weights, start[None])
        known, new = (float(self._worth(low, np.array([group]), worths)[0]) for group in (0, 1))
        order = np.argsort(-scores, kind="stable")
        steep = np.empty_like(high)
        for rows, points in ((order[:BEST], POINTS), (order[BEST:], 1)):
            steep[rows] = self._steepness(low, high[rows], groups[rows], worths, points)
        shares = self.layout.by_owner((x - start) * (steep @ self.weights["first.w"].T))
        left = _spread(shares, scores - np.where(groups == 1, new, known))
        columns = len(self.layout.columns)
        shares[:, columns + CONSTANT] += known + left
        shares[:, columns + IS_NEW] += np.where(groups == 1, new - known, 0.0)
        return shares

    def _worth(self, first: Floats, groups: Groups, worths: Matrix) -> Matrix:
        """Scores (n,) from the first product."""
        found = np.asarray(continued(np, self.shape, self.weights, first)[0], dtype=np.float32)
        return np.asarray(self._calibrated(found, groups)[0] @ worths, dtype=np.float64)

    def _steepness(self, low: Floats, high: Floats, groups: Groups, worths: Matrix, points: int) -> Floats:
        """Mean gradient of the scores at the first product, along the line (Gauss–Legendre), (n, first)."""
        places, mass = (values.astype(np.float32) / 2 for values in np.polynomial.legendre.leggauss(points))
        line = low + (places[:, None, None] + np.float32(0.5)) * (high - low)
        found, tape = continued(np, self.shape, self.weights, line.reshape(-1, high.shape[1]))
        wanted = (self._calibrated(found, np.tile(groups, points))[1] * worths).astype(np.float32)
        steep = response(self.shape, self.weights, tape, wanted).reshape(line.shape)
        return np.asarray(np.einsum("p,pnf->nf", mass, steep), dtype=np.float32)

    def _calibrated(self, found: Floats, groups: Groups) -> tuple[Matrix, Matrix]:
        """Probabilities and their slopes over the network's log-odds, both (n, kinds)."""
        p, slopes = np.empty(found.shape), np.empty(found.shape)
        for group in (0, 1):
            own = groups == group
            for kind, calibrators in enumerate(self.calibrators):
                p[own, kind] = calibrators[group].probabilities(found[own, kind])
                slopes[own, kind] = calibrators[group].slopes(found[own, kind])
        return p, p * (1 - p) * slopes


def log_odds(shape: Shape, weights: Weights, x: Floats) -> Floats:
    """What the network says of rows (n, width), before calibration: (n, kinds)."""
    return np.asarray(continued(np, shape, weights, beginning(shape, weights, x))[0], dtype=np.float32)


def _spread(shares: Matrix, wanted: Matrix) -> Matrix:
    """Change the shares (n, owners), in proportion to their size, so that they add up to what is wanted (n,).

    Gives back what could not be spread (n,), which is 0 except where all shares are.
    """
    left = wanted - shares.sum(axis=1)
    size = np.abs(shares).sum(axis=1)
    shares += np.abs(shares) * np.where(size > 0, left / np.where(size > 0, size, 1.0), 0.0)[:, None]
    return np.where(size > 0, 0.0, left)
