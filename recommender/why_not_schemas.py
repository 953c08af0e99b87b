"""What one may ask of `why-not/`, and what it answers."""

from __future__ import annotations

from pydantic import BaseModel, Field

from recommender.schemas import Explanation, ExternalId, RecommendRequest


class WhyNotRequest(RecommendRequest):
    """A request for a list, and the item about which one asks."""

    item_id: ExternalId = Field(description="The item that is missed in the list.")

    def asked(self) -> RecommendRequest:
        """The request for the list alone, with no field said that was not said."""
        said = self.model_dump(by_alias=True, exclude_unset=True, exclude={"item_id"})
        return RecommendRequest.model_validate(said)


class WhyNotStage(BaseModel):
    """One thing an item must pass on its way into a list."""

    stage: str = Field(
        description="`available`, `expired`, `among`, `exclude`, `past`, `muted`, `filter.…`, `restrict …` (which "
        "items a rule lets through), `retrieval`, `fusion`, `minimum relevance`, `rule …`, `limit`."
    )
    passed: bool
    told: str = Field(description="What happened there, in plain words.")


class SourceGap(BaseModel):
    """One source's part in the item's score, beside its part in the score of the last place shown."""

    source: str
    share: float
    last_share: float


class WhyNot(BaseModel):
    """Why an item is not in a list, or where it stands in it, and what would have to change."""

    item_id: str
    title: str
    shown: bool = Field(description="It is in the list.")
    dropped_by: str = Field("", description="The first stage that it did not pass; empty when it is shown.")
    told: str = Field(description="The answer in one sentence.")
    stages: list[WhyNotStage] = Field(description="In the order of a request.")
    hypothetical: bool = Field(
        description="Rank and score are what it would have, had it passed the stages that dropped it before the limit."
    )
    rank: int | None = Field(description="Its place, counted from 1, in the whole ranking after all rules.")
    ranked: int = Field(description="How many items that ranking has.")
    limit: int
    score: float | None
    needed: float | None = Field(description="The score of the last place that is shown.")
    sources: list[SourceGap] = Field(description="The largest difference to the last place first.")
    explanation: Explanation | None = Field(description="Why it stands there.")
    changes: list[str] = Field(description="What would have to change for it to appear; empty when it is shown.")
    left_out: dict[str, str] = Field({}, description="Stages that gave nothing to the list, and why.")


EXAMPLE = {
    "item_id": "suit-1",
    "title": "Grey suit",
    "shown": False,
    "dropped_by": "limit",
    "told": "Place 43 is beyond the limit of 20. What it lacks most is lexical-match.tfmax: 0.124, where the last "
    "place has 0.540.",
    "stages": [
        {"stage": "available", "passed": True, "told": "It is available."},
        {"stage": "retrieval", "passed": True, "told": "Found by vector (place 71 of 100)."},
        {"stage": "fusion", "passed": True, "told": "Place 43 of 187, with a score of 0.751."},
        {"stage": "limit", "passed": False, "told": "Place 43 is beyond the limit of 20."},
    ],
    "hypothetical": False,
    "rank": 43,
    "ranked": 187,
    "limit": 20,
    "score": 0.751,
    "needed": 1.167,
    "sources": [{"source": "lexical-match.tfmax", "share": 0.124, "last_share": 0.54}],
    "explanation": None,
    "changes": ["Ask for a limit of at least 43.", "Boost it by at least 0.7 standard deviations of the scores."],
    "left_out": {},
}
"""As the API's description shows an answer."""
