"""Show nothing but chosen items."""

from __future__ import annotations

from dataclasses import replace

from recommender.plugins.contracts import Rule
from recommender.plugins.rule_settings import TargetSettings
from recommender.plugins.types import Profile, Query, Slate


class IncludeOnlyRule(Rule[TargetSettings]):
    """What is not in the target is not eligible. Of several such rules every one must be met.

    Where nothing that may be shown is in all of them, the answer passes them over and says so: a list that could hold
    something is never empty. A rule that names nothing insists on nothing.
    """

    name = "include-only"
    title = "Include only"
    summary = "Shows nothing but chosen items, categories, tags and attributes."
    phase = "eligible"
    Settings = TargetSettings

    def restrict(self, query: Query) -> Query:
        """The query, insisting on the target."""
        target = self.settings.target
        return query if target.is_empty else replace(query, included=(*query.included, target))

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        """Nothing is left to do."""
        return slate
