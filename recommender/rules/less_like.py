"""“Less like this”: items like the disliked ones sink."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import Rule
from recommender.plugins.rule_settings import RuleSettings
from recommender.plugins.types import Features, Floats, History, Ids, Profile, Query, RuleHit, Slate, SpaceProfile
from recommender.rules.score_shares import with_shares

MOST = 50
"""The newest negative opinions that are read."""
WHOLE = 2.0
"""Weight of a kind of event that says it in full, as less and dislike do at first; a skip is a hint."""
TOLD = 0.05
"""Under so many standard deviations the share says enough."""


class LessLikeSettings(RuleSettings):
    """How far items sink, and in which space likeness is seen."""

    strength: float = Field(
        3.0,
        ge=0,
        le=10,
        title="Strength",
        description="How many standard deviations of the list's scores an item loses that is the same but for its id.",
    )
    space: str = Field("", title="Vector space", description="Encoder configuration; empty: the pipeline's first.")


class LessLikeRule(Rule[LessLikeSettings]):
    """Takes strength · σ · max(0, n⁻ - n⁺) from each item and lets it fall accordingly; σ is the slate's deviation.

    n⁻ is how near it is to the nearest disliked item, n⁺ to the nearest chosen one or to the sentence: whitened
    cosines, brought to 0 for what is usual in the catalog and 1 for the same text, and in n⁻ times min(1, weight / 2)
    of the event's kind. So what the person asks for or likes is not lost for one item beside it. The loss is a
    contribution of its own under the configuration's slug. Where nobody disliked anything nothing is read.
    """

    name = "less-like"
    title = "Less like this"
    summary = "Lets items sink that are like those a person disliked, beyond how near they are to the liked ones."
    phase = "score"
    Settings = LessLikeSettings

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        """The slate with what is like the disliked items further down."""
        person = profile.space(self.settings.space)
        disliked = _newest(profile.disliked)
        deviation = float(slate.scores.std()) if len(slate) > 1 else 0.0
        if person is None or not len(disliked) or deviation * self.settings.strength == 0:
            return slate
        excess, nearest = _excess(slate.candidates.features, person, disliked)
        scored = slate.rows >= 0  # a rule may have put an item in that no source has scored
        shares: Floats = np.where(scored, np.float32(-self.settings.strength * deviation) * excess[slate.rows], 0)
        if not (shares < 0).any():
            return slate
        hits = self._hits(slate, shares, disliked.item_ids[nearest[slate.rows]], TOLD * deviation)
        return with_shares(slate, shares, self.slug).with_hits(hits)

    def _hits(self, slate: Slate, shares: Floats, causes: Ids, least: float) -> list[RuleHit]:
        told = np.flatnonzero(shares < -least)
        names = data.titles(np.unique(causes[told]))
        return [
            RuleHit(
                self.slug,
                int(slate.item_ids[place]),
                f"score lowered by {-shares[place]:.2f}: like “{names.get(int(causes[place]), ('', ''))[1]}”, disliked",
            )
            for place in told.tolist()
        ]


def _newest(disliked: History) -> History:
    return History(disliked.item_ids[:MOST], disliked.weights[:MOST], disliked.kinds[:MOST])


def _excess(features: Features, person: SpaceProfile, disliked: History) -> tuple[Floats, Ids]:
    """For each item (n,) how much nearer it is to a disliked one than to anything liked, and to which one."""
    items = features.whitened[person.space.key]
    towards = items @ person.space.whiten(data.vectors(person.space, disliked.item_ids)).T
    towards *= np.minimum(disliked.weights / WHOLE, np.float32(1))
    liked = person.whitened_history
    if person.whitened_sentence is not None:
        liked = np.vstack([liked, person.whitened_sentence])
    excess = _nearness(towards) - (_nearness(items @ liked.T) if len(liked) else np.float32(0))
    return np.maximum(excess, np.float32(0)), towards.argmax(axis=1)


def _nearness(cosines: Floats) -> Floats:
    """The largest cosine of each row: 0 for what is usual among these items, 1 for the same text."""
    largest = cosines.max(axis=1)
    usual = largest.mean()
    nearness: Floats = np.maximum(largest - usual, np.float32(0)) / max(np.float32(1) - usual, np.float32(1e-6))
    return nearness
