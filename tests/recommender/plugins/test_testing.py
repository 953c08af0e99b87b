"""The contract tests fail where a plugin breaks its contract: each mistake is made once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from django.db import connection
from pydantic import Field, ValidationError

from recommender.plugins.contracts import PluginSettings, Ranker, Rule
from recommender.plugins.exceptions import PluginContractError
from recommender.plugins.output_checks import checked_vectors
from recommender.plugins.testing import RankerContract, RuleContract
from recommender.plugins.testing.contract import heavy_imports
from recommender.plugins.testing.values import fingerprint, query, town
from recommender.plugins.types import Candidates, Profile, Query, Scores, Slate


class Good(Ranker[PluginSettings]):
    """Keeps its contract."""

    name, title, summary, columns = "good", "Good", "Scores everything alike.", ("score",)

    def rank(self, profile: Profile, candidates: Candidates) -> Scores:
        return {"score": np.ones(len(candidates.features), dtype=np.float32)}


def contract(**changed: Any) -> RankerContract:
    """The contract test of a good ranker that was changed."""
    plugin = type("Changed", (Good,), {"__doc__": "Changed.", **changed})
    made: RankerContract = type("TestChanged", (RankerContract,), {"plugin": plugin})()
    return made


def run(test: RankerContract) -> None:
    test.test_it_says_what_it_is()
    test.test_settings_are_strict()
    test.test_making_it_is_free()
    for person in ("anna", "nobody"):
        test.test_every_column_for_every_row(person)
        test.test_it_repeats_itself_and_changes_nothing(person)
    test.test_its_columns_join_the_table()


def column(make: Callable[[int], Any]) -> dict[str, Any]:
    return {"rank": lambda self, profile, candidates: {"score": make(len(candidates.features))}}


def spoiling(self: Any, profile: Profile, candidates: Candidates) -> Scores:
    candidates.features.people[:] += 1
    return Good.rank(self, profile, candidates)


def importing_torch(self: Any, *given: Any) -> None:
    import torch  # noqa: F401

    Good.__init__(self, *given)


def querying(self: Any, *given: Any) -> None:
    connection.ensure_connection()
    Good.__init__(self, *given)


class Silent(PluginSettings):
    strength: float = 1.0


class Refusing(PluginSettings):
    strength: float = Field(-1.0, ge=0, title="Strength", validate_default=True)


def test_a_good_plugin_passes() -> None:
    run(contract())


@pytest.mark.parametrize(
    ("changed", "error", "word"),
    [
        ({"summary": "no full stop"}, AssertionError, "no full stop"),
        ({"__doc__": ""}, AssertionError, "the class has no docstring"),
        ({"api_version": 2}, AssertionError, "2 == 1"),
        ({"Settings": Silent}, AssertionError, "strength has neither title nor description"),
        ({"Settings": Refusing}, ValidationError, "greater than or equal to 0"),
        ({"__init__": importing_torch}, ImportError, "torch"),
        ({"__init__": querying}, AssertionError, "making a plugin must not read the database"),
        ({"rank": spoiling}, AssertionError, "what it was given was changed"),
        ({"columns": ("score", "other")}, PluginContractError, "declares other, score"),
        (column(lambda n: np.ones(n + 1, np.float32)), PluginContractError, "score has shape"),
        (column(lambda n: np.ones(n)), AssertionError, "score is float64"),
        (column(lambda n: np.full(n, np.inf, np.float32)), AssertionError, "score is infinite somewhere"),
        (column(lambda n: np.log(np.zeros(n, np.float32))), FloatingPointError, "divide by zero"),
        (column(lambda n: np.random.default_rng().random(n, dtype=np.float32)), AssertionError, "gave two answers"),
        (column(lambda n: [1.0] * n), PluginContractError, "score is list, not an array"),
    ],
)
def test_a_mistake_fails(changed: dict[str, Any], error: type[Exception], word: str) -> None:
    with pytest.raises(error, match=word):
        run(contract(**changed))


class Thinning(Rule[PluginSettings]):
    """Drops what it likes."""

    name, title, summary = "thinning", "Thinning", "Drops items."
    keep = 2

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        return slate.first(self.keep)

    def restrict(self, query: Query) -> Query:
        return replace(query, among=None)


class ThinningContract(RuleContract):
    plugin = Thinning


def test_a_rule_that_thins_or_widens_fails() -> None:
    ThinningContract().test_the_list_stays_whole(1, "anna")
    with pytest.raises(PluginContractError, match="only 2 were left"):
        ThinningContract().test_the_list_stays_whole(3, "anna")
    with pytest.raises(AssertionError):
        ThinningContract().test_restrict_only_narrows()


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        (np.ones((2, 3), np.float32), "not of length one"),
        (np.full((2, 3), np.nan, np.float32), "not finite"),
        (np.zeros((3, 3), np.float32), "shape"),
        (np.zeros((2, 3), np.int64), "not float32"),
        ([[1.0, 0.0, 0.0]] * 2, "not an array"),
    ],
)
def test_vectors_that_are_none(rows: Any, word: str) -> None:
    with pytest.raises(PluginContractError, match=word):
        checked_vectors(rows, 2, 3)


def test_a_heavy_import_is_seen(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "imports_jax.py").write_text("import jax\n", encoding="utf-8")
    (tmp_path / "jax.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert heavy_imports("imports_jax", "recommender.rules.pin") == {
        "imports_jax": ["jax"],
        "recommender.rules.pin": [],
    }
    assert not isinstance(sys.modules.get("jax"), ModuleType)


def test_a_fingerprint_sees_every_change() -> None:
    candidates, anna = town()
    before = fingerprint((candidates, anna))
    assert fingerprint(town()) == before
    candidates.features.lexical.data[0] += 1
    assert fingerprint((candidates, anna)) != before
    assert fingerprint(query(3)) != fingerprint(query(4))
