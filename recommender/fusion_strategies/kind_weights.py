"""Weights of kinds of events, as an operator writes them."""

from __future__ import annotations

HIGHEST = 1000.0


def within_limits(weights: dict[str, float]) -> dict[str, float]:
    """The weights, each from 0 to 1,000; ValueError names the one that is not."""
    for kind, weight in weights.items():
        if not 0 <= weight <= HIGHEST:
            raise ValueError(f"{kind}: {weight} is no weight from 0 (does not count) to {HIGHEST:g}.")
    return weights
