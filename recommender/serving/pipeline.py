"""THE REQUEST, read top to bottom: shortlists → candidates → score columns → fusion → rules → slate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from scipy.sparse import vstack

from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.types import Candidates, Features, Ids, Profile, Query, Shortlist, Slate
from recommender.selectors.features import raw_features, reference
from recommender.selectors.lists import eligible, recent
from recommender.serving.assembly import Assembly, Loaded
from recommender.serving.profiles import Sight
from recommender.serving.trace import Trace

T = TypeVar("T")
AMONG_RANKED_WHOLE = 2_000
"""Up to this many items a request's `among` is ranked whole, without retrieval."""


@dataclass(frozen=True)
class Run:
    """One pipeline at work on one request."""

    assembly: Assembly
    trace: Trace

    def slate(self, sight: Sight, query: Query) -> Slate:
        """R_final = φ(S, P, F), finished by the rules and cut to the limit."""
        profile = sight.profile
        shortlists = self._shortlists(profile, query)
        with self.trace.stage("candidates"):
            candidates = self._candidates(sight, query, shortlists)
        for ranker in self.assembly.rankers:
            candidates = self._ranked(ranker, profile, candidates)
        with self.trace.stage(f"fusion {self.assembly.fusion.slug}"):
            slate = self.assembly.fusion.fuse(profile, candidates)
        for rule in self.assembly.rules:
            slate = self._ruled(rule, slate, profile, query)
        return slate.first(query.limit)

    def restricted(self, query: Query) -> Query:
        """The query with what the pipeline's rules block or pin, before anything is retrieved."""
        for rule in self.assembly.rules:
            query = self._restricted(rule, query)
        return query

    def _shortlists(self, profile: Profile, query: Query) -> list[Shortlist]:
        if query.among is not None and len(query.among) <= AMONG_RANKED_WHOLE:
            return [_whole(query)]
        found: list[Shortlist] = []
        for retriever in self.assembly.retrievers:
            name = f"retriever {retriever.slug}"
            shortlist = self._attempt(name, retriever, partial(retriever.plugin.retrieve, profile, query))
            if shortlist is not None:
                self.trace.shortlists[retriever.slug] = len(shortlist)
                found.append(shortlist)
        return found

    def _candidates(self, sight: Sight, query: Query, shortlists: Sequence[Shortlist]) -> Candidates:
        """The union of the shortlists over the reference sample. Where the union is short, any eligible item joins."""
        ids = _union([shortlist.item_ids for shortlist in shortlists])
        if query.pinned:
            ids = _union([ids, _pinned(query)])
        if len(ids) < query.limit:
            ids = _union([ids, recent(query, query.limit).item_ids])
        chosen = sight.features(raw_features(ids, sight.spaces, sight.figures), query.now)
        sample = sight.features(reference(query.catalog_id, sight.spaces, sight.figures), query.now)
        return Candidates(_stacked(chosen, sample), len(chosen))

    def _restricted(self, rule: Loaded, query: Query) -> Query:
        restricted = self._attempt(f"rule {rule.slug}", rule, lambda: rule.plugin.restrict(query))
        return query if restricted is None else restricted

    def _ranked(self, ranker: Loaded, profile: Profile, candidates: Candidates) -> Candidates:
        scores = self._attempt(f"ranker {ranker.slug}", ranker, lambda: ranker.plugin.rank(profile, candidates))
        return candidates if scores is None else candidates.with_scores(ranker.slug, scores)

    def _ruled(self, rule: Loaded, slate: Slate, profile: Profile, query: Query) -> Slate:
        ruled = self._attempt(f"rule {rule.slug}", rule, lambda: rule.plugin.apply(slate, profile, query))
        return slate if ruled is None else ruled

    def _attempt(self, name: str, stage: Loaded, work: Callable[[], T]) -> T | None:
        """What the stage gives, or None where it is unavailable or there is no time left for it."""
        if stage.optional and self.trace.is_late:
            self.trace.leave_out(name, f"optional, and the budget of {self.trace.budget_ms:.0f} ms was spent")
            return None
        try:
            with self.trace.stage(name):
                return work()
        except PluginUnavailableError as error:
            self.trace.leave_out(name, str(error))
            return None


def _whole(query: Query) -> Shortlist:
    ids = np.array(sorted(set(query.among or ())), dtype=np.int64)
    return eligible(query, ids, np.zeros(len(ids), dtype=np.float32), len(ids))


def _pinned(query: Query) -> Ids:
    ids = np.array(query.pinned, dtype=np.int64)
    return eligible(query, ids, np.zeros(len(ids), dtype=np.float32), len(ids)).item_ids


def _union(parts: Sequence[Ids]) -> Ids:
    return np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)


def _stacked(chosen: Features, sample: Features) -> Features:
    """Both tables, one under the other."""
    return Features(
        item_ids=np.concatenate([chosen.item_ids, sample.item_ids]),
        vectors={key: np.concatenate([chosen.vectors[key], sample.vectors[key]]) for key in chosen.vectors},
        whitened={key: np.concatenate([chosen.whitened[key], sample.whitened[key]]) for key in chosen.whitened},
        lexical=vstack([chosen.lexical, sample.lexical], format="csr"),
        structured=vstack([chosen.structured, sample.structured], format="csr"),
        people=np.concatenate([chosen.people, sample.people]),
        popularity=np.concatenate([chosen.popularity, sample.popularity]),
        age_days=np.concatenate([chosen.age_days, sample.age_days]),
    )
