"""Contract tests for plugins: inherit one class per plugin, say which, and run pytest.

    class TestMine(RankerContract):
        plugin = MyRanker
        settings = {"strength": 2.0}

`values` makes small profiles, candidates and slates without a database; `stock` a small real catalog for retrievers and
rules that read one. This package needs pytest; the platform itself never imports it.
"""

import pytest

# Before they are imported: a failing assertion then shows its values in other packages' tests too.
pytest.register_assert_rewrite(*(f"{__name__}.{part}" for part in ("contract", "answers", "sources")))
# ruff: noqa: E402 - for the reason above

from recommender.plugins.testing.answers import FusionStrategyContract, RankerContract, RuleContract
from recommender.plugins.testing.contract import PluginContract
from recommender.plugins.testing.sources import EncoderContract, RetrieverContract

__all__ = [
    "EncoderContract",
    "FusionStrategyContract",
    "PluginContract",
    "RankerContract",
    "RetrieverContract",
    "RuleContract",
]
