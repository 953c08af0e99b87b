"""What plugins may read from the database. The only module of the plugin API that touches models and selectors.

Retrievers call the functions that return a `Shortlist`: each of them applies the query's eligibility in its own
statement, so a shortlist is short only where the catalog is. A statement past its time limit raises
PluginUnavailableError. In training the same functions read a world of arrays (`recommender.selectors.source`).
"""

from __future__ import annotations

from collections.abc import Sequence

from recommender.plugins.types import Floats, Ids, NeighbourTable, Query, Shortlist, SpaceInfo, Vectors
from recommender.selectors.exposure import exposure
from recommender.selectors.facts import having, item_edges, targeted, values_of
from recommender.selectors.history import past
from recommender.selectors.identities import item_ids, titles
from recommender.selectors.lexical import TERMS_READ
from recommender.selectors.relations import relations, relations_beside
from recommender.selectors.source import source
from recommender.selectors.unclicked import unclicked

__all__ = [
    "eligible",
    "exposure",
    "having",
    "item_edges",
    "item_ids",
    "nearest",
    "neighbours",
    "past",
    "popular",
    "recent",
    "relations",
    "relations_beside",
    "targeted",
    "telling_terms",
    "text_matches",
    "titles",
    "unclicked",
    "values_of",
    "vectors",
]


def nearest(space: SpaceInfo, vector: Floats, k: int, query: Query) -> Shortlist:
    """The k eligible items with the largest inner product with `vector` (d,), best first."""
    return source().nearest(space, vector, k, query)


def vectors(space: SpaceInfo, item_ids: Ids) -> Vectors:
    """(n, d) vectors of these items, in their order; zero where an item has none yet."""
    return source().vectors(space, item_ids)


def text_matches(query: Query, terms: Sequence[str], k: int) -> Shortlist:
    """The k eligible items with the largest tf-idf cosine to these terms (repeats count), best first."""
    return source().text_matches(query, terms, k)


def telling_terms(query: Query, item_ids: Ids, most: int = TERMS_READ) -> list[str]:
    """The terms that tell these items from others: the largest sums of tf·idf over them."""
    return source().telling_terms(query, item_ids, most)


def popular(query: Query, k: int) -> Shortlist:
    """The k most popular eligible items; the score is the decayed sum of kind weights."""
    return source().popular(query, k)


def recent(query: Query, k: int) -> Shortlist:
    """The k eligible items published last, those without a date after them; scores fall from 1 for the newest to 0."""
    return source().recent(query, k)


def eligible(query: Query, item_ids: Ids, scores: Floats, k: int) -> Shortlist:
    """Those of the given items that are eligible: the k with the best scores, of equal ones the lower ids."""
    return source().eligible(query, item_ids, scores, k)


def neighbours(item_ids: Ids) -> NeighbourTable:
    """The counted neighbours of these items, flat, with the measures knn and cond."""
    return source().tables(item_ids)[""]
