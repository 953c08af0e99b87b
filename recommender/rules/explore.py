"""Give newcomers a chance: Thompson sampling with a prior from the fusion's own score, on a few places of the list."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recommender.plugins import data
from recommender.plugins.contracts import Rule
from recommender.plugins.rule_settings import RuleSettings
from recommender.plugins.standardise import request_seed
from recommender.plugins.types import Ids, Profile, Query, RuleHit, Slate
from recommender.rules.places import layout, lifted_order

Numbers = NDArray[np.float64]

POOL = 60
"""Of the newcomers among the candidates the best scored: what the text says is far off is not tried on anybody."""
DRAWS = 400
"""Draws from which the propensities are estimated; the list follows the first."""
USUAL_CLICK_RATE = 0.05
"""Assumed until something was shown."""


class ExploreSettings(RuleSettings):
    """Who is a newcomer, and how much of the list and of the audience they may take."""

    share: float = Field(
        0.1, ge=0, le=0.5, title="Share of places", description="How much of a list newcomers may be lifted into."
    )
    first_place: int = Field(
        3, ge=1, le=100, title="First place", description="Nobody is lifted above this place of the list."
    )
    people: int = Field(
        5, ge=1, le=10_000, title="People", description="A newcomer was chosen by fewer people than this."
    )
    impressions: int = Field(
        200, ge=1, le=1_000_000, title="Impressions", description="After so many an item is lifted no more."
    )
    days: int = Field(30, ge=1, le=365, title="Days", description="Impressions and clicks count for so long.")
    prior: float = Field(
        8.0,
        gt=0,
        le=1000,
        title="Weight of the prior",
        description="How many impressions the score is worth as evidence: more trusts the text longer.",
    )


@dataclass(frozen=True)
class Newcomers:
    """The pool (p,): places in the ranking, impressions and clicks so far, and the Beta posterior of a click."""

    places: Ids
    impressions: Numbers
    clicks: Numbers
    alpha: Numbers
    beta: Numbers


class ExploreRule(Rule[ExploreSettings]):
    """θ_i ~ Beta(s·p_i + clicks, s·(1 - p_i) + impressions - clicks); the largest draws get the reserved places.

    The prior p_i puts the fusion's score, standardised over the pool, onto the catalog's click rate on the logit scale
    (Thompson sampling: Chapelle and Li, NIPS 2011). The random numbers come of the request and the hour, the figures
    are those of the full hour: the same request gives the same list until the hour is over.
    """

    name = "explore"
    title = "Explore"
    summary = "Lifts a few newcomers into every list to find out who likes them, within a cap on their exposure."
    phase = "reserve"
    Settings = ExploreSettings

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        """The slate with the drawn newcomers in their places, each with a hit that tells its propensity."""
        plan = layout(slate, query)
        ranking = slate.take(plan.rest)
        places = min(int(self.settings.share * min(query.limit, len(slate))), plan.free)
        newcomers = self._newcomers(ranking, query) if places else None
        if newcomers is None:
            return slate
        theta = _generator(self.slug, profile, query).beta(
            newcomers.alpha, newcomers.beta, (DRAWS, len(newcomers.places))
        )
        ranks = np.argsort(-theta, axis=1, kind="stable")[:, :places]
        drawn = ranks[0]
        propensity = np.bincount(ranks.ravel(), minlength=len(newcomers.places)) / DRAWS
        lifted = self._lifted(newcomers.places[drawn], plan.free, places)
        order = plan.order(plan.rest[lifted_order(len(ranking), lifted)])
        now = {int(slate.item_ids[before]): at for at, before in enumerate(order.tolist())}
        hits = [self._hit(ranking, newcomers, int(one), now, float(propensity[one])) for one in drawn]
        return slate.take(order).with_hits(hits)

    def _newcomers(self, slate: Slate, query: Query) -> Newcomers | None:
        """The best scored newcomers that may still be shown; None without any."""
        people = slate.candidates.features.people
        pool = np.flatnonzero(slate.rows >= 0)  # not what a rule put in that no source has scored
        pool = pool[people[slate.rows[pool]] < self.settings.people]
        if not len(pool):
            return None
        shown = data.exposure(query, self.settings.days)
        impressions, clicks = shown.of(slate.item_ids[pool])
        free = np.flatnonzero(impressions < self.settings.impressions)
        best = free[np.argsort(-slate.scores[pool[free]], kind="stable")[:POOL]]
        if not len(best):
            return None
        seen, hit = impressions[best].astype(np.float64), clicks[best].astype(np.float64)
        prior = self.settings.prior * _expected(slate.scores[pool[best]], shown.click_rate)
        return Newcomers(pool[best], seen, hit, prior + hit, self.settings.prior - prior + seen - hit)

    def _lifted(self, drawn: Ids, limit: int, places: int) -> dict[int, int]:
        """Where in the list (from 0) each drawn item goes, given by its place before; who stands higher already stays.

        The reserved places are spread evenly from the first allowed one to the list's end.
        """
        first = min(self.settings.first_place, limit) - 1
        reserved = first + np.arange(places) * (limit - first) // places
        return {int(before): int(at) for before, at in zip(drawn, reserved, strict=False) if before > at}

    def _hit(self, slate: Slate, pool: Newcomers, one: int, now: dict[int, int], propensity: float) -> RuleHit:
        item_id = int(slate.item_ids[pool.places[one]])
        effect = (
            f"newcomer tried at place {now[item_id] + 1}, propensity {propensity:.4f}, "
            f"{pool.clicks[one]:.0f} clicks of {pool.impressions[one]:.0f} impressions so far"
        )
        return RuleHit(self.slug, item_id, effect, propensity)


def _expected(scores: NDArray[np.float32], click_rate: float | None) -> Numbers:
    """Prior click rates (p,): sigmoid(logit(usual rate) + z of the score), kept within 0.1 % and 90 %."""
    values = scores.astype(np.float64)
    z = (values - values.mean()) / (values.std() or 1.0)
    usual = min(max(USUAL_CLICK_RATE if click_rate is None else click_rate, 0.005), 0.5)
    return np.asarray(np.clip(1.0 / (1.0 + np.exp(-(np.log(usual / (1 - usual)) + z))), 0.001, 0.9))


def _generator(slug: str, profile: Profile, query: Query) -> np.random.Generator:
    """Random numbers of this configuration, person, question and hour."""
    who = zlib.crc32(f"{slug}|{profile.profile_id}|{profile.session_id}".encode())
    return np.random.default_rng([request_seed(profile), who, int(query.now.timestamp()) // 3600])
