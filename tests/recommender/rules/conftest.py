"""The shelf is imported late: the first conftest files are read before Django is set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.recommender.rules.shelf import Shelf


@pytest.fixture
def shelf(db: None) -> Shelf:
    """Six items in the database."""
    from tests.recommender.rules.shelf import stocked

    return stocked()
