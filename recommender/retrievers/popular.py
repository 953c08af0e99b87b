"""What everybody chooses."""

from __future__ import annotations

from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import PluginSettings, Retriever
from recommender.plugins.types import Profile, Query, Shortlist


class PopularSettings(PluginSettings):
    k: int = Field(40, ge=1, le=1000, title="Items", description="How many to find; grows with the answer's length.")


class PopularRetriever(Retriever[PopularSettings]):
    """The most popular eligible items, by kind weights within the catalog's window."""

    name = "popular"
    title = "Popular"
    summary = "Finds what most people chose lately."
    Settings = PopularSettings

    def retrieve(self, profile: Profile, query: Query) -> Shortlist:
        return data.popular(query, max(self.settings.k, query.limit))
