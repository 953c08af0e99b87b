"""Keep chosen items out of every list."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import PluginSettings, Rule
from recommender.plugins.types import Profile, Query, Slate


class BlockSettings(PluginSettings):
    """Which items and categories."""

    items: tuple[str, ...] = Field(default=(), title="Items", description="Item ids of the catalog.")
    categories: tuple[str, ...] = Field(
        default=(), title="Categories", description="No item of any of these categories is shown."
    )


class BlockRule(Rule[BlockSettings]):
    """Blocked items are not eligible: they are out before anything is retrieved, so the list keeps its length."""

    name = "block"
    title = "Block"
    summary = "Keeps chosen items and categories out of the list."
    Settings = BlockSettings

    def restrict(self, query: Query) -> Query:
        """Joins the items to what the query excludes and the categories to what its filter refuses."""
        refused = tuple(dict.fromkeys([*query.filter.categories_none, *self.settings.categories]))
        narrowed = replace(query, filter=replace(query.filter, categories_none=refused))
        return narrowed.excluding(list(data.item_ids(query.catalog_id, self.settings.items).values()))

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        """Nothing is left to do."""
        return slate
