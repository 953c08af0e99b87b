"""What the linear fusion says of an item before any source has spoken, shared out so that a person can read it.

The facts' own features and the means taken from every feature are polynomials in “nobody chose it yet”, in “how many
chose it”, and in the request. Each term belongs to exactly one of the three, so the shares add up to the whole.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recommender.fusion_strategies.linear_weights import CONTEXTS, FACTS, SOURCES, Matrix, shipped

PRIORS = ("constant", "is_new", "popularity_prior")
CONSTANT, IS_NEW, POPULARITY = range(len(PRIORS))
FACTORS = ("", *FACTS)


def prior_coefficients(table: Matrix, popularity: float) -> Matrix:
    """Coefficients (priors, factors, 1 + contexts) of factor × context for a table of weights.

    `popularity` multiplies what the facts say about how many people chose an item.
    """
    scaled = table / shipped().scale[:, None]
    means = -shipped().mean[:, None] * scaled
    facts = 2 * len(SOURCES)
    from_sources, from_facts = np.zeros((2, len(FACTORS), 1 + len(CONTEXTS)))
    from_sources[0] = means[:facts].sum(axis=0)
    from_facts[0], from_facts[1:] = means[facts:].sum(axis=0), scaled[facts:]
    owner = _owners()
    multiplied = from_sources + from_facts * np.where(owner == POPULARITY, popularity, 1.0)
    return np.stack([np.where(owner == prior, multiplied, 0.0) for prior in range(len(PRIORS))])


def prior_columns(coefficients: Matrix, facts: Mapping[str, Matrix], contexts: Matrix) -> dict[str, Matrix]:
    """Each prior's share (n,), given the facts (n,) and the contexts (1 + contexts, n)."""
    factors = np.stack([np.ones(contexts.shape[1]), *(facts[name] for name in FACTS)])
    columns = np.einsum("pfc,fn,cn->pn", coefficients, factors, contexts, optimize=True)
    return dict(zip(PRIORS, columns, strict=True))


def _owners() -> np.ndarray[tuple[int, ...], np.dtype[np.int_]]:
    """The prior that each factor × context belongs to, (factors, 1 + contexts)."""
    owner = np.full((len(FACTORS), 1 + len(CONTEXTS)), CONSTANT)
    popular = [context.startswith("p") for context in ("", *CONTEXTS)]
    new = ["is_new" in context for context in ("", *CONTEXTS)]
    owner[:, popular] = owner[FACTORS.index("ln_pop")] = POPULARITY
    owner[:, new] = owner[FACTORS.index("is_new")] = IS_NEW
    return owner
