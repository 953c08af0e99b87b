"""From shares of scores to a ranked slate: the last step of every fusion."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.standardise import lots, request_seed
from recommender.plugins.types import Candidates, Profile, Slate

Columns = Mapping[str, NDArray[np.float64]]


def ranked(
    profile: Profile, candidates: Candidates, contributions: Columns, standardised: Columns, method: str
) -> Slate:
    """All candidates, best first, by the sum of their contributions, each (n,); ties in the request's own random order.

    The sum is taken of the rounded contributions, so that what an explanation shows adds up to the score that it shows.
    """
    rounded = {name: values.astype(np.float32) for name, values in contributions.items()}
    total = sum((values.astype(np.float64) for values in rounded.values()), np.zeros(len(candidates)))
    scores = total.astype(np.float32)
    order = np.lexsort((lots(candidates.item_ids, request_seed(profile)), -scores))
    return Slate(
        item_ids=candidates.item_ids,
        scores=scores,
        contributions=rounded,
        standardised={name: values.astype(np.float32) for name, values in standardised.items()},
        method=method,
        candidates=candidates,
        rows=np.arange(len(candidates), dtype=np.int64),
    ).take(order)
