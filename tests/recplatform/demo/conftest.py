"""What the demo's tests share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.worlds import World, make_world


@pytest.fixture
def world(db: None) -> World:
    """A catalog `shop` of 24 items with a few people."""
    return make_world()


@pytest.fixture
def demo(settings: Any) -> None:
    """The demo's page answers visitors."""
    settings.DEMO = True


@pytest.fixture
def data_folder(settings: Any, tmp_path: Path) -> Path:
    """A data folder of this test alone, for what the demo keeps there."""
    settings.DATA_DIR = tmp_path
    return tmp_path
