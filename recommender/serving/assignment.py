"""Which arm of an experiment answers whom: by a hash, so that a person always meets the same one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from recommender.schemas import RecommendRequest
from recommender.selectors.experiments import RunningArm, running_arms


@dataclass(frozen=True, slots=True)
class Assigned:
    """The arm that answers a request, and its pipeline; empty: no experiment, the placement's own pipeline."""

    experiment_id: int | None = None
    experiment: str = ""
    arm: str = ""
    pipeline: str = ""

    @property
    def key(self) -> str:
        """As the audience of a rule names it: "new-fusion/B"; empty without an experiment."""
        return f"{self.experiment}/{self.arm}" if self.experiment else ""


NO_EXPERIMENT = Assigned()


def assigned(catalog_id: int, request: RecommendRequest) -> Assigned:
    """The arm for whoever asks. None for nobody in particular, and none where the request names its own pipeline."""
    who = identity(request)
    if not request.placement or request.pipeline or not who:
        return NO_EXPERIMENT
    arms = running_arms(catalog_id, request.placement)
    if not arms:
        return NO_EXPERIMENT
    arm = arm_of(arms, who)
    return Assigned(arm.experiment_id, arm.experiment, arm.name, arm.pipeline)


def identity(request: RecommendRequest) -> str:
    """Who asks: the profile, else the session, else nobody."""
    if request.profile_id is not None:
        return f"profile:{request.profile_id}"
    return f"session:{request.session_id}" if request.session_id else ""


def arm_of(arms: Sequence[RunningArm], who: str) -> RunningArm:
    """The arm in whose part of the shares the person's hash falls; another experiment draws anew."""
    digest = blake2b(f"{arms[0].experiment_id}:{who}".encode(), digest_size=8).digest()
    place = int.from_bytes(digest, "big") / 2**64 * sum(arm.share for arm in arms)
    for arm in arms:
        place -= arm.share
        if place < 0:
            return arm
    return arms[-1]
