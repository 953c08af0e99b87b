"""What requests may say and what answers hold: for `recommendations/`, `search/` and `similar-items/`."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from recommender.plugins.types import AttributeFilter, ItemFilter

LONGEST_TEXT = 4_000
MOST_ITEMS = 500
MOST_IDS = 10_000

ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, strip_whitespace=True, pattern=r"^[^\x00]*$")]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Request(BaseModel):
    """What all requests share: nothing unknown, nothing coerced silently."""

    model_config = ConfigDict(extra="forbid")


class AttributeCondition(Request):
    """One condition on an attribute: `equal`, `in`, or a `range` with `from`, `to`, both included."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    equal: bool | Number | str | None = None
    in_: list[bool | Number | str] | None = Field(None, alias="in", min_length=1, max_length=1000)
    from_: Number | None = Field(None, alias="from")
    to: Number | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [self.equal is not None, self.in_ is not None, self.from_ is not None or self.to is not None]
        if sum(kinds) != 1:
            raise ValueError("give exactly one of: equal; in; from and/or to")
        return self

    def condition(self) -> AttributeFilter:
        """As the platform reads it."""
        values = (self.equal,) if self.equal is not None else tuple(self.in_ or ())
        return AttributeFilter(self.name, values, self.from_, self.to)


class Filter(Request):
    """What the items must fulfil; every part that is given must hold."""

    categories_any: list[str] = Field([], max_length=1000, description="At least one of these categories.")
    categories_all: list[str] = Field([], max_length=1000, description="All of these categories.")
    categories_none: list[str] = Field([], max_length=1000, description="None of these categories.")
    price_minimum: Number | None = Field(None, description="Items without a price do not pass.")
    price_maximum: Number | None = Field(None, description="Items without a price do not pass.")
    languages: list[str] = Field([], max_length=100)
    published_after: datetime | None = None
    attributes: list[AttributeCondition] = Field([], max_length=20)

    def items(self) -> ItemFilter:
        """As the platform reads it."""
        return ItemFilter(
            categories_any=tuple(self.categories_any),
            categories_all=tuple(self.categories_all),
            categories_none=tuple(self.categories_none),
            price_minimum=self.price_minimum,
            price_maximum=self.price_maximum,
            languages=tuple(self.languages),
            published_after=self.published_after,
            attributes=tuple(condition.condition() for condition in self.attributes),
        )


class HistoryItem(Request):
    """Something an anonymous visitor did: an item and the kind of event."""

    item_id: ExternalId
    kind: Annotated[str, StringConstraints(max_length=40)] = "view"


class RecommendRequest(Request):
    """Who asks, and for what. Any of `profile_id`, `text`, `history`, `session_id` may be given, or none."""

    profile_id: ExternalId | None = None
    text: Text = Field("", description="What the person says they want, in any words.")
    history: list[ExternalId | HistoryItem] = Field(
        [], max_length=MOST_ITEMS, description="For visitors without a profile: what they chose, oldest first."
    )
    session_id: Annotated[str, StringConstraints(max_length=200)] = ""
    limit: int = Field(20, ge=1, le=MOST_ITEMS)
    exclude: list[ExternalId] = Field([], max_length=MOST_IDS, description="Items that must not be in the list.")
    among: list[ExternalId] | None = Field(None, max_length=MOST_IDS, description="Rank only these items.")
    filter: Filter = Field(default_factory=Filter)
    explain: bool = False
    language: Annotated[str, StringConstraints(max_length=16)] = Field(
        "", description="Language of reasons and explanations, en or zh; the text's own when empty."
    )
    pipeline: Annotated[str, StringConstraints(max_length=100)] = Field(
        "", description="A pipeline's slug; the placement's or the catalog's default when empty."
    )
    placement: Annotated[str, StringConstraints(max_length=100)] = Field(
        "", description="Where the list appears: a placement's slug. It brings a pipeline, a filter and rules."
    )
    minimum_relevance: float | None = Field(
        None, ge=0, le=1, description="0.9 leaves out what suits no better than 90 % of the catalog does."
    )

    def history_items(self) -> list[HistoryItem]:
        """The history with the kind of every event."""
        return [HistoryItem(item_id=one) if isinstance(one, str) else one for one in self.history]


class SearchRequest(Request):
    """A search, with or without a person whose taste counts too."""

    query: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT, strip_whitespace=True)]
    profile_id: ExternalId | None = None
    limit: int = Field(20, ge=1, le=MOST_ITEMS)
    filter: Filter = Field(default_factory=Filter)


class SimilarItemsRequest(Request):
    """Items like one item."""

    item_id: ExternalId
    limit: int = Field(20, ge=1, le=MOST_ITEMS)
    exclude: list[ExternalId] = Field([], max_length=MOST_IDS)
    filter: Filter = Field(default_factory=Filter)


class Basis(BaseModel):
    """What the list rests on, and what was missing."""

    sentence: bool = Field(description="Whether the person's words shaped the list.")
    events: int = Field(description="How many chosen items shaped the list.")
    popular: bool = Field(description="Nothing was known of the person: the popular and the recent.")
    missing: list[str] = Field([], description="What was named but could not be used, in plain words.")
    muted: list[str] = Field([], description="Categories left out because the person muted them.")


class SourceShare(BaseModel):
    """One source's part in an item's score."""

    source: str
    raw: float | None
    standardised: float | None
    share: float


class NearItem(BaseModel):
    """An item of the person's history that is near to this one."""

    item_id: str
    title: str
    similarity: float


class Explanation(BaseModel):
    """Why the item stands where it stands. The shares add up to the score."""

    sentence: str
    sources: list[SourceShare]
    words: list[str] = Field(description="Words of the person's sentence that the item has.")
    history: list[NearItem] = Field(description="Items of the history that are nearest to it.")
    rules: list[str] = Field(description="Editors' rules that touched it.")


class RecommendedItem(BaseModel):
    """One place of the list."""

    item_id: str
    title: str
    rank: int
    score: float
    reasons: list[str]
    explanation: Explanation | None = None


class PlacementInfo(BaseModel):
    """A placement as it answers."""

    placement: str = Field(description="What a request names.")
    title: str
    version: int
    pipeline: str = Field(description="A pipeline's slug; the catalog's default when empty.")
    filter: dict[str, Any]
    minimum_relevance: float
    overrides: list[str] = Field(description="Fields by which a request may depart from it.")
    rules: list[str] = Field(description="Titles of its rules, in their order.")


class Placements(BaseModel):
    """Where lists appear."""

    placements: list[PlacementInfo]


class ItemList(BaseModel):
    """A list and what it rests on."""

    basis: Basis
    items: list[RecommendedItem]
    degraded: bool = Field(False, description="Something was left out.")
    left_out: dict[str, str] = Field({}, description="Stages that gave nothing to this answer, and why.")


class Recommendations(ItemList):
    """A recorded list. Send `recommendation_id` along with later events, so that they attribute to it."""

    recommendation_id: uuid.UUID
    pipeline: str
    placement: str = Field("", description="The placement that was named.")
    experiment: str = Field("", description="The experiment that runs on the placement, if the answer is part of it.")
    arm: str = Field("", description="The arm of it that answered: the same for a profile or session each time.")
    timings: dict[str, float] | None = Field(None, description="Milliseconds per stage, with `explain`.")
