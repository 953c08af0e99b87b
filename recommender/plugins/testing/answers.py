"""Contracts of the kinds that work on values alone: rankers, fusion strategies, rules.

None of these tests opens the database. A plugin that reads it marks its own class with `pytest.mark.django_db`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from recommender.plugins.output_checks import checked_query, checked_ranking, checked_scores, checked_slate
from recommender.plugins.testing.contract import PluginContract, quiet
from recommender.plugins.testing.values import everyone, features, fingerprint, query, scored, slate, town
from recommender.plugins.types import Candidates, Profile, Query, Slate

PEOPLE = ("anna", "ben", "nobody")
NO_ITEMS = Candidates(features(np.empty((0, 4)), np.empty((0, 30)), np.empty((0, 8))), 0)


class RankerContract(PluginContract):
    """Every declared column for every row; NaN for “cannot say”; the same for the same; nothing given is changed."""

    def candidates(self) -> Candidates:
        """The table to rank: 40 candidates over a reference of 200."""
        return town()[0]

    @pytest.mark.parametrize("person", PEOPLE)
    def test_every_column_for_every_row(self, person: str) -> None:
        """float32 (n,), candidates and reference alike; NaN is allowed, infinity is not; no warning is raised."""
        for candidates in (self.candidates(), NO_ITEMS):
            with quiet():
                scores = self.loaded().rank(everyone()[person], candidates)
            checked_scores(self.loaded(), candidates, scores)
            for name, values in scores.items():
                assert values.dtype == np.float32, f"{name} is {values.dtype}"
                assert not np.isinf(values).any(), f"{name} is infinite somewhere; NaN means “cannot say”"

    @pytest.mark.parametrize("person", PEOPLE)
    def test_it_repeats_itself_and_changes_nothing(self, person: str) -> None:
        """The same question gives the same columns, and the values it was given are as before."""
        given = (everyone()[person], self.candidates())
        before = fingerprint(given)
        first, again = self.loaded().rank(*given), self.loaded().rank(*given)
        assert fingerprint(first) == fingerprint(again), "the same question gave two answers"
        assert fingerprint(given) == before, "what it was given was changed"

    def test_its_columns_join_the_table(self) -> None:
        """They stand under the configuration's slug."""
        candidates = self.candidates()
        joined = candidates.with_scores("mine", self.loaded().rank(everyone()["anna"], candidates))
        assert sorted(joined.columns) == sorted(f"mine.{name}" for name in self.loaded().columns)


class FusionStrategyContract(PluginContract):
    """Every candidate once, best first, and shares that add up to each score."""

    def candidates(self, profile: Profile) -> Candidates:
        """The table to fuse: the town with the columns of every built-in ranker."""
        return scored(profile, town()[0])

    @pytest.mark.parametrize("person", PEOPLE)
    @pytest.mark.parametrize("size", [0, 1, 40])
    def test_every_candidate_once_and_shares_add_up(self, person: str, size: int) -> None:
        """Shares and standardised values are float32 (n,), finite, and aligned with the ids."""
        profile = everyone()[person]
        candidates = replace(self.candidates(profile), size=size)
        with quiet():
            fused = self.loaded().fuse(profile, candidates)
        checked_ranking(candidates, fused)
        np.testing.assert_array_equal(candidates.features.item_ids[fused.rows], fused.item_ids)
        total = sum((share.astype(np.float64) for share in fused.contributions.values()), np.zeros(size))
        np.testing.assert_allclose(total, fused.scores, rtol=1e-5, atol=1e-6)
        for values in (fused.scores, *fused.contributions.values(), *fused.standardised.values()):
            assert values.dtype == np.float32
            assert np.isfinite(values).all()
        assert fused.method

    @pytest.mark.parametrize("person", PEOPLE)
    def test_it_repeats_itself_and_changes_nothing(self, person: str) -> None:
        """The same table gives the same list, and is as before."""
        given = (everyone()[person], self.candidates(everyone()[person]))
        before = fingerprint(given)
        first, again = self.loaded().fuse(*given), self.loaded().fuse(*given)
        np.testing.assert_array_equal(first.item_ids, again.item_ids)
        assert fingerprint(given) == before, "what it was given was changed"

    def test_without_any_column_the_list_is_whole(self) -> None:
        """Every ranker may have been left out."""
        assert len(self.loaded().fuse(everyone()["anna"], town()[0])) == 40

    def test_a_source_that_cannot_say_does_no_harm(self) -> None:
        """A column of NaN leaves every score finite."""
        profile = everyone()["anna"]
        candidates = self.candidates(profile)
        nothing = np.full(len(candidates.features), np.nan, dtype=np.float32)
        silent = replace(candidates, columns=dict.fromkeys(candidates.columns, nothing))
        checked_ranking(silent, self.loaded().fuse(profile, silent))


class RuleContract(PluginContract):
    """The list is never thinned below the limit, no item stands in it twice, and shares go on adding up."""

    LIMITS: ClassVar[tuple[int, ...]] = (1, 3, 20, 60)

    def slate(self) -> Slate:
        """The ranking to work on: 40 items, best first, with vectors."""
        draw = np.random.default_rng(7)
        return slate(np.sort(draw.random(40))[::-1], draw.normal(size=(40, 4)))

    def query(self, limit: int) -> Query:
        """The request that is answered."""
        return query(limit)

    @pytest.mark.parametrize("limit", LIMITS)
    @pytest.mark.parametrize("person", PEOPLE)
    def test_the_list_stays_whole(self, limit: int, person: str) -> None:
        """At least the limit (or what there was), items unique, a hit only for items that are there."""
        wanted = self.loaded().restrict(self.query(limit))
        with quiet():
            ruled = self.loaded().apply(self.slate(), everyone()[person], wanted)
        checked_slate(self.slate(), wanted, ruled)
        total = sum((share.astype(np.float64) for share in ruled.contributions.values()), np.zeros(len(ruled)))
        np.testing.assert_allclose(total, ruled.scores, rtol=1e-5, atol=1e-5)
        assert {hit.item_id for hit in ruled.hits} <= set(ruled.item_ids.tolist())
        assert all(hit.rule == "under-test" and hit.effect for hit in ruled.hits)

    @pytest.mark.parametrize("scores", [[], [1.0], [2.0, 1.0]])
    def test_short_lists_pass(self, scores: list[float]) -> None:
        """Nothing, one item and two items are lists too."""
        ranking = slate(scores, np.ones((len(scores), 4)))
        assert len(self.loaded().apply(ranking, Profile(), self.query(3))) == len(scores)

    def test_it_repeats_itself_and_changes_nothing(self) -> None:
        """The same ranking is finished the same way, and what it was given is as before."""
        given = (self.slate(), everyone()["anna"], self.query(10))
        before = fingerprint(given)
        first, again = self.loaded().apply(*given), self.loaded().apply(*given)
        assert fingerprint(first.item_ids) == fingerprint(again.item_ids), "the same ranking was finished in two ways"
        assert fingerprint(given) == before, "what it was given was changed"

    def test_restrict_only_narrows(self) -> None:
        """Catalog, limit and what was excluded already stay; a request's `among` is not widened."""
        asked = replace(self.query(10), excluded=(5,), among=(1, 2, 5))
        narrowed = checked_query(self.loaded().restrict(asked))
        assert (narrowed.catalog_id, narrowed.limit) == (asked.catalog_id, asked.limit)
        assert set(narrowed.excluded) >= {5}
        assert set(narrowed.among or ()) <= {1, 2, 5}
        assert narrowed.among is not None
