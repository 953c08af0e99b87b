"""The linear model whose weights depend on what is known of the person and of the item; exactly explainable.

score = Σ_f (x_f - mean_f)/scale_f · (w_f + Σ_c G_fc·c). The features x are each column's z, each column's place, and
the facts; the contexts c are products of facts. For one request it is a plain linear model, so a column's share of a
score is its own two terms.

What the model says of an item before any column has spoken (the facts' own terms, and the means taken from every
feature) is a polynomial in “nobody chose it yet”, in “how many chose it”, and in the request. Each of its terms belongs
to exactly one of the three, so a person can read it and the shares add up to the whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.fusion_inputs import FusionInputs
from recommender.plugins.training import FusionExamples

Matrix = NDArray[np.float64]
Facts = NDArray[np.floating]

FACTS = ("is_new", "ln_n", "has_text", "ln_pop")
CONTEXTS = ("is_new", "n", "has_text", "n*is_new", "has_text*is_new", "p", "p*n")
"""Of the facts, n = ln(1 + events)/3 and p = ln(1 + people)/3."""
PRIORS = ("constant", "is_new", "popularity_prior")
CONSTANT, IS_NEW, POPULARITY = range(len(PRIORS))


def facts_and_contexts(is_new: Facts, ln_people: Facts, events: Facts, has_text: Facts) -> tuple[Matrix, Matrix]:
    """Facts (4, n) and contexts (8, n), the first being 1, of n rows."""
    new, ln_pop = is_new.astype(np.float64), ln_people.astype(np.float64)
    one = np.ones_like(new)
    ln_n, text = one * np.log1p(events), one * has_text
    n, p = ln_n / 3, ln_pop / 3
    return np.stack([new, ln_n, text, ln_pop]), np.stack([one, new, n, text, n * new, text * new, p, p * n])


@dataclass(frozen=True)
class ContextLinear:
    """The model over f columns: `mean` and `scale` (2f + 4,), `table` (2f + 4, 1 + contexts): w first, then G."""

    columns: tuple[str, ...]
    mean: Matrix
    scale: Matrix
    table: Matrix

    def contributions(self, inputs: FusionInputs, popularity: float = 1.0) -> dict[str, Matrix]:
        """Each prior's and each column's share (n,) of the scores; `popularity` multiplies the popularity prior."""
        events, has_text = np.array([inputs.events]), np.array([inputs.has_text])
        facts, contexts = facts_and_contexts(inputs.is_new, inputs.ln_people, events, has_text)
        factors = np.concatenate([np.ones((1, facts.shape[1])), facts])
        shares = np.einsum("pfc,fn,cn->pn", self._priors(popularity), factors, contexts, optimize=True)
        found = dict(zip(PRIORS, shares, strict=True))
        size = len(self.columns)
        weights = self._slopes @ contexts
        for row, name in enumerate(self.columns):
            found[name] = inputs.z[row] * weights[row] + inputs.places[row] * weights[row + size]
        return found

    def scores(self, examples: FusionExamples) -> Matrix:
        """The scores (rows,) of examples over the same columns."""
        question = examples.question
        of_rows = examples.events[question].astype(np.float64), examples.has_text[question].astype(np.float64)
        facts, contexts = facts_and_contexts(examples.is_new, examples.ln_people, *of_rows)
        x = np.concatenate([examples.z, examples.places, facts.T], axis=1, dtype=np.float64)
        return np.asarray((((x - self.mean) / self.scale) @ self.table * contexts.T).sum(axis=1))

    def lifting(self, offset: float) -> ContextLinear:
        """The same model with so much more for items that nobody has chosen yet."""
        row = 2 * len(self.columns) + FACTS.index("is_new")
        table = self.table.copy()
        table[row, 0] += offset * self.scale[row]
        return replace(self, table=table)

    @cached_property
    def _slopes(self) -> Matrix:
        """Weight of each column's z and place per unit, (2f, 1 + contexts)."""
        columns = 2 * len(self.columns)
        return self.table[:columns] / self.scale[:columns, None]

    def _priors(self, popularity: float) -> Matrix:
        """Coefficients (priors, 1 + facts, 1 + contexts) of factor × context."""
        scaled = self.table / self.scale[:, None]
        means = -self.mean[:, None] * scaled
        facts = 2 * len(self.columns)
        from_columns, from_facts = np.zeros((2, 1 + len(FACTS), 1 + len(CONTEXTS)))
        from_columns[0] = means[:facts].sum(axis=0)
        from_facts[0], from_facts[1:] = means[facts:].sum(axis=0), scaled[facts:]
        multiplied = from_columns + from_facts * np.where(OWNER == POPULARITY, popularity, 1.0)
        return np.stack([np.where(prior == OWNER, multiplied, 0.0) for prior in range(len(PRIORS))])


def _owners() -> NDArray[np.int_]:
    """The prior that each factor × context belongs to, (1 + facts, 1 + contexts)."""
    owner = np.full((1 + len(FACTS), 1 + len(CONTEXTS)), CONSTANT)
    popular = [context.startswith("p") for context in ("", *CONTEXTS)]
    new = ["is_new" in context for context in ("", *CONTEXTS)]
    owner[:, popular] = owner[1 + FACTS.index("ln_pop")] = POPULARITY
    owner[:, new] = owner[1 + FACTS.index("is_new")] = IS_NEW
    return owner


OWNER = _owners()
