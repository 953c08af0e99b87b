from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.recommender.admin.rows import Shop


@pytest.fixture
def shop(db: None) -> Shop:
    """A small shop."""
    from tests.recommender.admin.rows import Shop  # models can only be imported once Django is set up

    return Shop()
