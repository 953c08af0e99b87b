"""What is new."""

from __future__ import annotations

from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import PluginSettings, Retriever
from recommender.plugins.types import Profile, Query, Shortlist


class RecentSettings(PluginSettings):
    k: int = Field(20, ge=1, le=1000, title="Items", description="How many to find; grows with the answer's length.")


class RecentRetriever(Retriever[RecentSettings]):
    """The eligible items that were published last."""

    name = "recent"
    title = "Recent"
    summary = "Finds the newest items, so that an item is seen before anyone has chosen it."
    Settings = RecentSettings

    def retrieve(self, profile: Profile, query: Query) -> Shortlist:
        return data.recent(query, max(self.settings.k, query.limit))
