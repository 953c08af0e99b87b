"""Keep chosen items out of every list."""

from __future__ import annotations

from dataclasses import replace

from recommender.plugins import data
from recommender.plugins.contracts import Rule
from recommender.plugins.query import Target
from recommender.plugins.rule_settings import TargetSettings
from recommender.plugins.types import Profile, Query, Slate


class BlockRule(Rule[TargetSettings]):
    """Blocked items are not eligible: they are out before anything is retrieved, so the list keeps its length.

    Items and categories join what the query excludes, over columns that every source filters by; tags and attributes
    are looked up in the item.
    """

    name = "block"
    title = "Block"
    summary = "Keeps chosen items, categories, tags and attributes out of the list."
    phase = "eligible"
    Settings = TargetSettings

    def restrict(self, query: Query) -> Query:
        """The query without them."""
        told = self.settings.target
        refused = tuple(dict.fromkeys([*query.filter.categories_none, *told.categories]))
        narrowed = replace(query, filter=replace(query.filter, categories_none=refused))
        looked_up = Target(tags=told.tags, attributes=told.attributes)
        if not looked_up.is_empty:
            narrowed = replace(narrowed, blocked=(*query.blocked, looked_up))
        return narrowed.excluding(list(data.item_ids(query.catalog_id, told.items).values()))

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        """Nothing is left to do."""
        return slate
