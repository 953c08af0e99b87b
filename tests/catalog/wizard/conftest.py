from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from recplatform.model_storage import upload_storage

if TYPE_CHECKING:
    from catalog.models import Catalog


@pytest.fixture(autouse=True)
def uploads_folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the uploads of this test lie."""
    monkeypatch.delenv("RECPLATFORM_UPLOADS", raising=False)
    settings.STORAGES = {**settings.STORAGES, "default": upload_storage(tmp_path)}
    return tmp_path / "uploads"


@pytest.fixture
def shop(db: None) -> Catalog:
    """A catalog with kinds of event and nothing else."""
    from catalog.services import create_catalog
    from users.services import provide_event_kinds

    catalog = create_catalog("shop")
    provide_event_kinds(catalog)
    return catalog
