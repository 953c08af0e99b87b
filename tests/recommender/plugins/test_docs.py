"""docs/plugins says what there is: every built-in plugin, every setting, every column, every error."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recommender.plugins import exceptions
from recommender.plugins.contracts import Ranker
from recommender.plugins.registry import Installed, installed

DOCS = Path(__file__).resolve().parents[3] / "docs" / "plugins"
PAGES = {
    "encoder": "encoders.md",
    "retriever": "retrievers.md",
    "ranker": "rankers.md",
    "fusion_strategy": "fusion-strategies.md",
    "rule": "rules.md",
}
BUILT_IN = [entry for entry in installed().values() if entry.distribution == "recplatform"]


def sections(kind: str) -> dict[str, str]:
    """What the kind's page says of each plugin, by name."""
    parts = re.split(r"^### `([\w-]+)`$", (DOCS / PAGES[kind]).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("entry", BUILT_IN, ids=lambda entry: f"{entry.kind} {entry.name}")
def test_every_setting_and_column_is_there(entry: Installed) -> None:
    assert entry.plugin is not None
    section = sections(entry.kind)[entry.name]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(entry.plugin.Settings.model_fields)
    if issubclass(entry.plugin, Ranker):
        assert [name for name in entry.plugin.columns if f"`{name}`" not in section] == []


@pytest.mark.parametrize("kind", PAGES)
def test_nothing_else_is_there(kind: str) -> None:
    assert sorted(sections(kind)) == sorted(entry.name for entry in BUILT_IN if entry.kind == kind)


def test_every_error_is_there() -> None:
    page = (DOCS / "README.md").read_text(encoding="utf-8")
    errors = {name for name, one in vars(exceptions).items() if isinstance(one, type) and issubclass(one, Exception)}
    assert set(re.findall(r"^\| `(\w+Error)` \|", page, re.MULTILINE)) == errors


def test_links_lead_somewhere() -> None:
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
