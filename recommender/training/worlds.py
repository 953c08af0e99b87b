"""Catalogs in memory: what a request would read, from arrays and from a part of the events.

A `Shelf` holds what does not depend on events, once per training; a `World` adds counters, neighbours and trained
vectors made from one part of them. A world is a `Source`: `with reading(world)` the code of a request answers in it.
Searches are exact, filters are not supported (no simulated question has one).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from itertools import count

import numpy as np
from numpy.typing import NDArray

from catalog.derived import term_id
from recommender.plugins.types import (
    Floats,
    Ids,
    Mask,
    NeighbourTable,
    Query,
    Shortlist,
    SpaceInfo,
    Vectors,
)
from recommender.selectors.features import SAMPLE, SAMPLE_PER_GROUP, RawFeatures
from recommender.selectors.lexical import TERMS_READ, affordable, sentence_row
from recommender.selectors.neighbours import COUNTED, unpacked
from recommender.selectors.statistics import CatalogStatistics
from recommender.selectors.vocabulary import TermRows

Packed = Mapping[int, bytes]
_versions = count(-1, -1)


@dataclass(frozen=True)
class TermTable:
    """Term rows of all items with direct access to any of them."""

    rows: TermRows

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """Where each row ends (n,)."""
        return np.cumsum(self.rows.lengths)

    def take(self, places: Ids) -> TermRows:
        """Some of the rows, in that order."""
        lengths = self.rows.lengths[places]
        starts = np.repeat(self.ends[places] - lengths, lengths)
        within = np.arange(len(starts)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        entries = starts + within
        return TermRows(lengths, self.rows.ids[entries], self.rows.weights[entries])

    @cached_property
    def postings(self) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64], Floats]:
        """Terms ascending (V,), where each one's postings begin (V + 1,), their items and weights."""
        order = np.argsort(self.rows.ids, kind="stable")
        terms, starts = np.unique(self.rows.ids[order], return_index=True)
        items = np.repeat(np.arange(len(self.rows.lengths)), self.rows.lengths)[order]
        return terms, np.append(starts, len(order)), items, self.rows.weights[order]


@dataclass(frozen=True)
class Shelf:
    """The items of a catalog (n), ids ascending, and what matching needs of them; `now` is when they were read.

    Questions are asked at that time, so that what is fresh in a request is as fresh in training. Nothing expires.
    """

    item_ids: Ids
    available: Mask
    published: NDArray[np.float64]
    lexical: TermTable
    structured: TermTable
    words: Mapping[int, str]
    figures: CatalogStatistics
    catalog_id: int = 0
    spaces: tuple[SpaceInfo, ...] = ()
    vectors: Mapping[str, Vectors] = field(default_factory=dict)
    whitened: Mapping[str, Vectors] = field(default_factory=dict)
    now: datetime = datetime(2100, 1, 1, tzinfo=UTC)

    @cached_property
    def newest_first(self) -> NDArray[np.int64]:
        """Rows by date of publication, those without one last."""
        dates = np.where(np.isnan(self.published), -np.inf, self.published)
        return np.lexsort((-self.item_ids, -dates)).astype(np.int64)

    @cached_property
    def lots(self) -> NDArray[np.int64]:
        """All rows in a fixed random order."""
        return np.random.default_rng(0).permutation(len(self.item_ids)).astype(np.int64)

    def rows(self, item_ids: Ids) -> NDArray[np.int64]:
        """Rows of those of the ids that exist, in their order."""
        places = np.minimum(np.searchsorted(self.item_ids, item_ids), max(len(self.item_ids) - 1, 0))
        return places[self.item_ids[places] == item_ids] if len(self.item_ids) else places


@dataclass(frozen=True)
class Trained:
    """What one trained ranker knows of the items of a world: vectors (n, d) in its own space, or packed rows."""

    vectors: Vectors | None = None
    measures: tuple[str, ...] = ()
    packed: Packed = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """A shelf seen after one part of the events: who chose what is known of these only.

    `inside` (n,) are the items that this world's catalog has, `people` (n,) how many chose each, `popularity` (n,) the
    decayed sums; `neighbours` the counted co-event rows by item id; `sentences` vectors by (space key, text).
    """

    shelf: Shelf
    inside: Mask
    people: Floats
    popularity: Floats
    neighbours: Packed
    sentences: Mapping[tuple[str, str], Floats]
    trained: Mapping[str, Trained] = field(default_factory=dict)
    version: int = field(default_factory=lambda: next(_versions))

    @cached_property
    def spaces(self) -> tuple[SpaceInfo, ...]:
        """The text spaces, as large as this world is."""
        return tuple(
            SpaceInfo(one.id, one.key, one.dimension, int(self.offered.sum()), one.mean, one.matrix, one.fitted_at)
            for one in self.shelf.spaces
        )

    @cached_property
    def trained_spaces(self) -> dict[str, SpaceInfo]:
        """A space for every trained ranker that has vectors; its id says which world and which ranker."""
        made = [(slug, one.vectors) for slug, one in sorted(self.trained.items()) if one.vectors is not None]
        return {
            slug: SpaceInfo(self.version * 100 - place, slug, rows.shape[1], int(self.offered.sum()))
            for place, (slug, rows) in enumerate(made)
        }

    @cached_property
    def offered(self) -> Mask:
        """What may be shown to anybody (n,)."""
        return np.asarray(self.inside & self.shelf.available)

    def may_be_shown(self, query: Query) -> Mask:
        """What may be shown for this query (n,)."""
        assert query.filter.is_empty, "no simulated question has a filter"
        allowed = self.offered.copy()
        if query.among is not None:
            chosen = np.zeros_like(allowed)
            chosen[self.shelf.rows(np.array(query.among, dtype=np.int64))] = True
            allowed &= chosen
        if query.excluded:
            allowed[self.shelf.rows(np.array(query.excluded, dtype=np.int64))] = False
        return allowed

    # The functions of a Source, each named and described as in recommender.selectors

    def nearest(self, space: SpaceInfo, vector: Floats, k: int, query: Query, *, quick: bool = False) -> Shortlist:
        matrix = self._matrix(space.key)
        scores = np.asarray(matrix @ vector, dtype=np.float32)
        allowed = self.may_be_shown(query) & self._has_vector[space.key]
        return self._best(np.flatnonzero(allowed), scores[allowed], k)

    def vectors(self, space: SpaceInfo, item_ids: Ids) -> Vectors:
        return np.asarray(self._matrix(space.key)[self.shelf.rows(item_ids)], dtype=np.float32)

    def text_matches(self, query: Query, terms: Sequence[str], k: int) -> Shortlist:
        figures = self.shelf.figures
        telling = affordable(figures.rarest_first(terms))
        if not telling:
            return Shortlist()
        sentence = sentence_row(terms, figures)
        matching = np.zeros(len(self.shelf.item_ids), dtype=np.bool_)
        for items, _ in self._postings(np.array([term_id(term) for term in telling], dtype=np.uint32)):
            matching[items] = True
        scores = np.zeros(len(matching), dtype=np.float32)
        for (items, weights), weight in zip(self._postings(sentence.ids), sentence.weights, strict=True):
            scores[items] += weight * weights
        found = np.flatnonzero(matching & self.may_be_shown(query))
        return self._best(found, scores[found], k)

    def telling_terms(self, query: Query, item_ids: Ids, most: int = TERMS_READ) -> list[str]:
        ids, counts = np.unique(self.shelf.lexical.take(self.shelf.rows(item_ids)).ids, return_counts=True)
        sums = self.shelf.figures.idf(ids) * counts
        words = [self.shelf.words.get(one, "") for one in ids.tolist()]
        ranked = sorted(zip(words, sums.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))
        return [word for word, _ in ranked[:most] if word]

    def popular(self, query: Query, k: int) -> Shortlist:
        order = self._by_popularity[self.may_be_shown(query)[self._by_popularity]][:k]
        return Shortlist(self.shelf.item_ids[order], self.popularity[order])

    def recent(self, query: Query, k: int) -> Shortlist:
        order = self.shelf.newest_first[self.may_be_shown(query)[self.shelf.newest_first]][:k]
        return Shortlist(
            self.shelf.item_ids[order], np.linspace(1.0, 0.0, len(order), endpoint=False, dtype=np.float32)
        )

    def eligible(self, query: Query, item_ids: Ids, scores: Floats, k: int) -> Shortlist:
        here = np.isin(item_ids, self.shelf.item_ids)
        item_ids, scores = item_ids[here], scores[here]
        allowed = self.may_be_shown(query)[self.shelf.rows(item_ids)]
        item_ids, scores = item_ids[allowed], scores[allowed]
        order = np.lexsort((item_ids, -scores))[:k]
        return Shortlist(item_ids[order], scores[order])

    def tables(
        self, item_ids: Ids, version_id: int = 0, learned: Mapping[str, Sequence[str]] | None = None
    ) -> dict[str, NeighbourTable]:
        wanted: dict[str, tuple[Packed, Sequence[str]]] = {"": (self.neighbours, COUNTED)}
        for slug, measures in (learned or {}).items():
            wanted[slug] = (self.trained[slug].packed if slug in self.trained else {}, measures)
        return {
            slug: unpacked([(one, packed[one]) for one in item_ids.tolist() if one in packed], measures)
            for slug, (packed, measures) in wanted.items()
        }

    def statistics(self, catalog_id: int, version: int) -> CatalogStatistics:
        return self.shelf.figures

    def raw_features(
        self, item_ids: Ids, spaces: Sequence[SpaceInfo], figures: CatalogStatistics, *, whiten: bool = True
    ) -> RawFeatures:
        return self._features(self.shelf.rows(item_ids), spaces)

    def reference(self, catalog_id: int, spaces: Sequence[SpaceInfo], figures: CatalogStatistics) -> RawFeatures:
        return self._references.setdefault(tuple(space.key for space in spaces), self._features(self._sample, spaces))

    def _features(self, rows: NDArray[np.int64], spaces: Sequence[SpaceInfo]) -> RawFeatures:
        plain = {space.key: self._matrix(space.key)[rows] for space in spaces}
        whitened = {key: self.shelf.whitened[key][rows] if key in self.shelf.whitened else plain[key] for key in plain}
        return RawFeatures(
            item_ids=self.shelf.item_ids[rows],
            vectors=plain,
            whitened=whitened,
            lexical=self.shelf.lexical.take(rows),
            structured=self.shelf.structured.take(rows),
            people=self.people[rows],
            popularity=self.popularity[rows],
            published=self.shelf.published[rows],
        )

    def _matrix(self, key: str) -> Vectors:
        if key in self.shelf.vectors:
            return self.shelf.vectors[key]
        rows = self.trained[key].vectors
        assert rows is not None
        return rows

    @cached_property
    def _has_vector(self) -> dict[str, Mask]:
        keys = [*self.shelf.vectors, *self.trained_spaces]
        return {key: np.asarray(self._matrix(key).any(axis=1)) for key in keys}

    @cached_property
    def _references(self) -> dict[tuple[str, ...], RawFeatures]:
        return {}

    @cached_property
    def _sample(self) -> NDArray[np.int64]:
        """A fixed random sample with at least so many known and new items, as `selectors.features` takes it."""
        lots = self.shelf.lots[self.offered[self.shelf.lots]]
        known = self.people[lots] > 0
        parts = [lots[:SAMPLE], lots[known][:SAMPLE_PER_GROUP], lots[~known][:SAMPLE_PER_GROUP]]
        return np.unique(np.concatenate(parts))

    @cached_property
    def _by_popularity(self) -> NDArray[np.int64]:
        known = np.flatnonzero(self.popularity > 0)
        return known[np.lexsort((self.shelf.item_ids[known], -self.popularity[known]))]

    def _postings(self, terms: NDArray[np.uint32]) -> list[tuple[NDArray[np.int64], Floats]]:
        known, starts, items, weights = self.shelf.lexical.postings
        found = []
        for place, term in zip(np.searchsorted(known, terms).tolist(), terms.tolist(), strict=True):
            there = place < len(known) and known[place] == term
            part = slice(starts[place], starts[place + 1]) if there else slice(0, 0)
            found.append((items[part], weights[part]))
        return found

    def _best(self, rows: NDArray[np.int64], scores: Floats, k: int) -> Shortlist:
        if len(rows) > k:
            chosen = np.argpartition(-scores, k - 1)[:k]
            rows, scores = rows[chosen], scores[chosen]
        order = np.lexsort((rows, -scores))
        return Shortlist(self.shelf.item_ids[rows[order]], scores[order])
