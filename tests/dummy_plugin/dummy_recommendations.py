"""One plugin of each kind, written as a stranger would: against `recommender.plugins` and nothing else."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import Encoder, FusionStrategy, PluginSettings, Ranker, Retriever, Rule
from recommender.plugins.rule_settings import RuleSettings
from recommender.plugins.slates import ranked
from recommender.plugins.standardise import standardise
from recommender.plugins.types import Candidates, Profile, Query, Role, RuleHit, Scores, Shortlist, Slate, Vectors


class LettersSettings(PluginSettings):
    """How many counters."""

    dimension: int = Field(32, ge=8, le=256, title="Dimension")


class LettersEncoder(Encoder[LettersSettings]):
    """Counts letters."""

    name = "dummy-letters"
    title = "Letters"
    summary = "Counts the letters of a text."
    Settings = LettersSettings

    @property
    def dimension(self) -> int:
        """As it is set."""
        return self.settings.dimension

    def encode(self, texts: list[str], role: Role) -> Vectors:
        """Both roles alike."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for letter in text.strip():
                row[ord(letter) % self.dimension] += 1
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


class OldestRetriever(Retriever[PluginSettings]):
    """Turns the newest items round."""

    name = "dummy-oldest"
    title = "Oldest"
    summary = "Finds what was published first."

    def retrieve(self, profile: Profile, query: Query) -> Shortlist:
        """Every eligible item up to a thousand, the oldest first."""
        newest = data.recent(query, 1000)
        return Shortlist(newest.item_ids[::-1].copy(), newest.scores)


class ParityRanker(Ranker[PluginSettings]):
    """Likes even ids."""

    name = "dummy-parity"
    title = "Parity"
    summary = "Scores items with an even id 1 and the others 0."
    columns = ("even",)

    def rank(self, profile: Profile, candidates: Candidates) -> Scores:
        """One column of zeros and ones."""
        return {"even": (candidates.features.item_ids % 2 == 0).astype(np.float32)}


class AverageFusion(FusionStrategy[PluginSettings]):
    """Averages what is standardised."""

    name = "dummy-average"
    title = "Average"
    summary = "The mean of all standardised columns."

    def fuse(self, profile: Profile, candidates: Candidates) -> Slate:
        """Every column has the same share."""
        columns = standardise(profile, candidates, tuple(candidates.columns))
        z = dict(zip(columns.names, columns.z, strict=True))
        return ranked(profile, candidates, {name: values / len(z) for name, values in z.items()}, z, self.name)


class SwapRule(Rule[RuleSettings]):
    """Swaps the first two."""

    name = "dummy-swap"
    title = "Swap"
    summary = "Shows the second item first."
    Settings = RuleSettings

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        """With a hit for the item that moved up."""
        if len(slate) < 2:
            return slate
        swapped = slate.take([1, 0, *range(2, len(slate))])
        return swapped.with_hits([RuleHit(self.slug, int(swapped.item_ids[0]), "shown before the first")])
