"""Where the stages of an answer read: Postgres, or in training the arrays of a world made for it.

Whatever a request reads while its list is made goes through `source()`, so training asks its questions through the very
code that answers requests, and no score means one thing here and another there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from recommender.plugins.types import Floats, Ids, NeighbourTable, Query, Shortlist, SpaceInfo, Vectors
from recommender.selectors import features, lexical, lists, neighbours, statistics, vectors
from recommender.selectors.features import RawFeatures
from recommender.selectors.statistics import CatalogStatistics

Learned = Mapping[str, Sequence[str]]


class Source(Protocol):
    """What can be read. The functions of the selectors of these names say what each gives."""

    def nearest(self, space: SpaceInfo, vector: Floats, k: int, query: Query, *, quick: bool = False) -> Shortlist: ...
    def vectors(self, space: SpaceInfo, item_ids: Ids) -> Vectors: ...
    def text_matches(self, query: Query, terms: Sequence[str], k: int) -> Shortlist: ...
    def telling_terms(self, query: Query, item_ids: Ids, most: int = lexical.TERMS_READ) -> list[str]: ...
    def popular(self, query: Query, k: int) -> Shortlist: ...
    def recent(self, query: Query, k: int) -> Shortlist: ...
    def eligible(self, query: Query, item_ids: Ids, scores: Floats, k: int) -> Shortlist: ...
    def tables(
        self, item_ids: Ids, version_id: int = 0, learned: Learned | None = None
    ) -> dict[str, NeighbourTable]: ...
    def statistics(self, catalog_id: int, version: int) -> CatalogStatistics: ...
    def reference(self, catalog_id: int, spaces: Sequence[SpaceInfo], figures: CatalogStatistics) -> RawFeatures: ...
    def raw_features(
        self, item_ids: Ids, spaces: Sequence[SpaceInfo], figures: CatalogStatistics, *, whiten: bool = True
    ) -> RawFeatures: ...


class Postgres:
    """The source of every request."""

    nearest = staticmethod(vectors.nearest)
    vectors = staticmethod(vectors.vectors)
    text_matches = staticmethod(lexical.text_matches)
    telling_terms = staticmethod(lexical.telling_terms)
    popular = staticmethod(lists.popular)
    recent = staticmethod(lists.recent)
    eligible = staticmethod(lists.eligible)
    tables = staticmethod(neighbours.tables)
    statistics = staticmethod(statistics.statistics)
    reference = staticmethod(features.reference)
    raw_features = staticmethod(features.raw_features)


_source: ContextVar[Source] = ContextVar("source", default=Postgres())  # noqa: B039  # it has no state


def source() -> Source:
    """What this process reads from now."""
    return _source.get()


@contextmanager
def reading(other: Source) -> Iterator[None]:
    """Read from another source inside the block."""
    token = _source.set(other)
    try:
        yield
    finally:
        _source.reset(token)
