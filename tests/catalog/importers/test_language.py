"""The language of a new catalog is that of nearly all its items."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from catalog.importers.language import language_of


@pytest.mark.parametrize(
    ("tags", "language"),
    [
        (["en"], "en"),
        (["zh-CN", "zh-TW", "ZH"], "zh"),
        (["en", "zh"], "mixed"),
        (["en"] * 99 + ["fr"], "en"),
        (["en"] * 90 + ["fr"] * 10, "mixed"),
        ([None, "", "de"], "de"),
        ([5, None], "mixed"),
        ([], "mixed"),
    ],
)
def test_language_of(tags: Sequence[object], language: str, tmp_path: Path) -> None:
    lines = [json.dumps({"item_id": str(number), "language": tag}) for number, tag in enumerate(tags)]
    (tmp_path / "items.jsonl").write_text("\n".join([*lines, "broken", "[]"]), encoding="utf-8")
    assert language_of(tmp_path / "items.jsonl") == language
