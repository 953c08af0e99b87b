"""A small town of readers, which the tests of the quality benchmark cut and ask about."""

import numpy as np
import pytest

from benchmarks.quality.data import Dataset, Row

ITEMS = 60
PEOPLE = 80


@pytest.fixture(scope="session")
def town() -> Dataset:
    """The first reader has 12 events, the second 6, the third 2, the others 3 to 14."""
    rng = np.random.default_rng(5)
    lengths = [12, 6, 2, *rng.integers(3, 15, size=PEOPLE - 3).tolist()]
    histories = tuple(rng.choice(ITEMS, size=length, replace=False).astype(np.int64) for length in lengths)
    items = tuple(
        {"item_id": f"i{n}", "title": f"Story number {n}", "categories": [f"shelf {n % 7}"], "language": "en"}
        for n in range(ITEMS)
    )
    names = tuple(f"reader-{n}" for n in range(PEOPLE))
    return Dataset("town", items, names, histories, tuple(tuple(Row("click", "1", "") for _ in h) for h in histories))
