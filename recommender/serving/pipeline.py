"""THE REQUEST, read top to bottom: shortlists → candidates → score columns → fusion → rules → slate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from recommender.plugins.output_checks import (
    checked_query,
    checked_ranking,
    checked_scores,
    checked_shortlist,
    checked_slate,
)
from recommender.plugins.types import Candidates, Ids, Profile, Query, Scores, Shortlist, Slate
from recommender.selectors.source import source
from recommender.serving.assembly import Assembly, Loaded, fallback_fusion
from recommender.serving.failures import reason_to_go_on
from recommender.serving.profiles import Sight
from recommender.serving.relevance import relevant
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
        return self.finished(sight.profile, query, self.scored(sight, query))

    def scored(self, sight: Sight, query: Query, also: Ids | None = None) -> Candidates:
        """S = R(P, F): the candidates with every ranker's columns, before they are fused.

        The items of `also` join them, eligible or not: to see where they would stand.
        """
        shortlists = self._shortlists(sight.profile, query)
        if also is not None:
            shortlists.append(Shortlist(also, np.zeros(len(also), dtype=np.float32)))
        with self.trace.stage("candidates"):
            candidates = self._candidates(sight, query, shortlists)
        for ranker in self.assembly.rankers:
            candidates = self._ranked(ranker, sight.profile, candidates)
        return candidates

    def finished(self, profile: Profile, query: Query, candidates: Candidates) -> Slate:
        """φ(S, P, F) of scored candidates, then the rules."""
        *_, (_, slate) = self.stages(profile, query, candidates)
        return slate.first(query.limit)

    def stages(self, profile: Profile, query: Query, candidates: Candidates) -> Iterator[tuple[str, Slate]]:
        """What each stage from the fusion on makes of scored candidates: its name, and the ranking it leaves, uncut."""
        slate = self._fused(profile, candidates)
        yield "fusion", slate
        slate = relevant(self.assembly.fusion, profile, slate, query)
        yield "minimum relevance", slate
        for rule in self.assembly.rules:
            slate = self._ruled(rule, slate, profile, query)
            yield f"rule {rule.slug}", slate

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
            shortlist = self._retrieved(retriever, profile, query)
            if shortlist is not None:
                self.trace.shortlists[retriever.slug] = shortlist
                found.append(shortlist)
        return found

    def _retrieved(self, retriever: Loaded, profile: Profile, query: Query) -> Shortlist | None:
        def shortlist() -> Shortlist:
            found = checked_shortlist(retriever.plugin.retrieve(profile, query))
            return (
                source().eligible(query, found.item_ids, found.scores, len(found))
                if _is_foreign(retriever.plugin)
                else found
            )

        return self._attempt(f"retriever {retriever.slug}", retriever, shortlist)

    def _candidates(self, sight: Sight, query: Query, shortlists: Sequence[Shortlist]) -> Candidates:
        """The union of the shortlists over the reference sample. Where the union is short, any eligible item joins."""
        ids = _union([shortlist.item_ids for shortlist in shortlists])
        if query.pinned:
            ids = _union([ids, _pinned(query)])
        if len(ids) < query.limit:
            ids = _union([ids, source().recent(query, query.limit).item_ids])
        chosen = source().raw_features(ids, sight.reads.spaces, sight.figures)
        sample = source().reference(query.catalog_id, sight.reads.spaces, sight.figures)
        return Candidates(sight.features(chosen.followed_by(sample), query.now), len(chosen.item_ids))

    def _restricted(self, rule: Loaded, query: Query) -> Query:
        restricted = self._attempt(f"rule {rule.slug}", rule, lambda: checked_query(rule.plugin.restrict(query)))
        return query if restricted is None else restricted

    def _ranked(self, ranker: Loaded, profile: Profile, candidates: Candidates) -> Candidates:
        def scores() -> Scores:
            return checked_scores(ranker.plugin, candidates, ranker.plugin.rank(profile, candidates))

        columns = self._attempt(f"ranker {ranker.slug}", ranker, scores)
        return candidates if columns is None else candidates.with_scores(ranker.slug, columns)

    def _fused(self, profile: Profile, candidates: Candidates) -> Slate:
        """The ranking; by reciprocal rank where the pipeline's own fusion fails, since a list needs one."""
        fusion = self.assembly.fusion
        stage = Loaded(fusion.slug, fusion, optional=False)
        name = f"fusion {fusion.slug}"
        slate = self._attempt(name, stage, lambda: checked_ranking(candidates, fusion.fuse(profile, candidates)))
        return fallback_fusion().fuse(profile, candidates) if slate is None else slate

    def _ruled(self, rule: Loaded, slate: Slate, profile: Profile, query: Query) -> Slate:
        def applied() -> Slate:
            return checked_slate(slate, query, rule.plugin.apply(slate, profile, query))

        ruled = self._attempt(f"rule {rule.slug}", rule, applied)
        return slate if ruled is None else ruled

    def _attempt(self, name: str, stage: Loaded, work: Callable[[], T]) -> T | None:
        """What the stage gives, or None where it fails or there is no time left for it (docs/decisions/0004)."""
        if stage.optional and self.trace.is_late:
            self.trace.leave_out(name, f"optional, and the budget of {self.trace.budget_ms:.0f} ms was spent")
            return None
        try:
            with self.trace.stage(name):
                return work()
        except Exception as error:
            self.trace.leave_out(name, reason_to_go_on(name, error))
            return None


def _is_foreign(plugin: object) -> bool:
    """Whether the plugin is another package's: nobody here has seen that it keeps to what is eligible."""
    return not type(plugin).__module__.startswith("recommender.")


def _whole(query: Query) -> Shortlist:
    ids = np.array(sorted(set(query.among or ())), dtype=np.int64)
    return source().eligible(query, ids, np.zeros(len(ids), dtype=np.float32), len(ids))


def _pinned(query: Query) -> Ids:
    ids = np.array(query.pinned, dtype=np.int64)
    return source().eligible(query, ids, np.zeros(len(ids), dtype=np.float32), len(ids)).item_ids


def _union(parts: Sequence[Ids]) -> Ids:
    return np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)
