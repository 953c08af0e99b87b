"""What these tests share."""

from __future__ import annotations

import pytest

from tests.worlds import World, make_world


@pytest.fixture
def world(transactional_db: None) -> World:
    """24 items, a few people, everything encoded, counted and committed."""
    return make_world()
