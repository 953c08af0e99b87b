"""Fixtures of the tests of spaces: a shop, its encoder, and no tables left behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from catalog.models import Catalog
from recommender.models import Configuration
from recommender.services import partitions
from tests.recommender.services import spaces_data as data


@pytest.fixture
def no_tables_left() -> Iterator[None]:
    """Partitions are made in SQL, so the flush between tests does not know them: neither other tests' nor ours stay."""
    _drop_all()
    yield
    _drop_all()


def _drop_all() -> None:
    for space_id in partitions.partitions():
        partitions.drop_partition(space_id)


@pytest.fixture
def shop() -> Catalog:
    """Thirty items."""
    return data.catalog()


@pytest.fixture
def encoder(shop: Catalog) -> Configuration:
    """Hashed words in 32 dimensions, in a pipeline."""
    return data.encoder(shop, dimension=32)
