"""The contract tests of `recommender.plugins.testing` over every installed plugin, of this project and of others."""

from __future__ import annotations

from typing import Any

import pytest

from recommender.plugins.registry import Installed, installed
from recommender.plugins.testing import (
    EncoderContract,
    FusionStrategyContract,
    PluginContract,
    RankerContract,
    RetrieverContract,
    RuleContract,
)

CONTRACTS: dict[str, type[PluginContract]] = {
    "encoder": EncoderContract,
    "retriever": RetrieverContract,
    "ranker": RankerContract,
    "fusion_strategy": FusionStrategyContract,
    "rule": RuleContract,
}
SETTINGS: dict[tuple[str, str], dict[str, Any]] = {
    ("rule", "pin"): {"items": ["i3", "unknown"], "position": 2},
    ("rule", "boost"): {"items": ["i3"], "categories": ["coat"]},
    ("rule", "bury"): {"items": ["i3"], "tags": ["sale"]},
    ("rule", "include-only"): {"attributes": ["size >= 9"]},
    ("rule", "block"): {"items": ["i3"], "categories": ["coat"]},
    ("rule", "diversify"): {"strength": 0.7},
    ("rule", "constraint"): {
        "after": ["made_by"],
        "never": ["size = 9 unless colour = red"],
        "apart": ["a = b with a = c"],
    },
    ("rule", "explore"): {"share": 0.3},
    ("rule", "reserve-new"): {"share": 0.3, "people": 2, "tags": ["sale"]},
    ("rule", "cap"): {"per": "brand", "maximum": 1},
}
READS_THE_DATABASE = {
    ("ranker", "graph"),
    *(("rule", name) for name in ("pin", "boost", "bury", "block", "constraint", "explore", "reserve-new", "cap")),
}


def contract(entry: Installed) -> type[PluginContract]:
    """The test class of one plugin."""
    key = (entry.kind, entry.name)
    name = "Test" + "".join(part.capitalize() for part in f"{entry.name}-{entry.kind}".replace("_", "-").split("-"))
    made = type(name, (CONTRACTS[entry.kind],), {"plugin": entry.plugin, "settings": SETTINGS.get(key, {})})
    return pytest.mark.django_db(made) if key in READS_THE_DATABASE else made


for _entry in installed().values():
    if _entry.plugin is not None:
        _made = contract(_entry)
        globals()[_made.__name__] = _made


def test_every_built_in_plugin_can_be_used() -> None:
    assert [entry for entry in installed().values() if entry.distribution == "recplatform" and entry.problem] == []
