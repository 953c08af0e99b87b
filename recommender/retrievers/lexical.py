"""Items that have the person's words: full-text search."""

from __future__ import annotations

from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import PluginSettings, Retriever
from recommender.plugins.types import Profile, Query, Shortlist

NEWEST_ITEMS = 20
"""Of a long history the newest items say best which words to search for."""


class LexicalSettings(PluginSettings):
    k: int = Field(60, ge=1, le=1000, title="Items", description="How many to find; grows with the answer's length.")
    history: bool = Field(
        True,
        title="Words of the history",
        description="Without a sentence, search for the words that tell the chosen items from others.",
    )


class LexicalRetriever(Retriever[LexicalSettings]):
    """Postgres full text finds, tf-idf orders. Chinese, Japanese and Korean by character bigrams."""

    name = "lexical"
    title = "Full-text search"
    summary = "Finds items that contain the person's words, or the telling words of what they chose."
    Settings = LexicalSettings

    def retrieve(self, profile: Profile, query: Query) -> Shortlist:
        terms = list(profile.terms)
        if not terms and self.settings.history and profile.events:
            terms = data.telling_terms(query, profile.history.item_ids[:NEWEST_ITEMS])
        return data.text_matches(query, terms, max(self.settings.k, query.limit)) if terms else Shortlist()
