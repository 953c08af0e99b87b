"""What plugins may read from the database. The only module of the plugin API that touches models and selectors.

Retrievers call the functions that return a `Shortlist`: each of them applies the query's eligibility in its own
statement, so a shortlist is short only where the catalog is. A statement past its time limit raises
PluginUnavailableError.
"""

from recommender.selectors.history import past
from recommender.selectors.identities import item_ids
from recommender.selectors.lexical import telling_terms, text_matches
from recommender.selectors.lists import eligible, popular, recent
from recommender.selectors.neighbours import neighbours
from recommender.selectors.vectors import nearest, vectors

__all__ = [
    "eligible",
    "item_ids",
    "nearest",
    "neighbours",
    "past",
    "popular",
    "recent",
    "telling_terms",
    "text_matches",
    "vectors",
]
