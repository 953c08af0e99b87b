"""A plugin for a plugin API that does not exist yet."""

from recommender.plugins.contracts import PluginSettings, Ranker
from recommender.plugins.types import Candidates, Profile, Scores


class FutureRanker(Ranker[PluginSettings]):
    """Of a later time."""

    api_version = 99
    name = "dummy-other-version"
    title = "Future"
    summary = "Written for another plugin API."
    columns = ("later",)

    def rank(self, profile: Profile, candidates: Candidates) -> Scores:
        """Never called."""
        raise AssertionError("a plugin of another API version must not run")
