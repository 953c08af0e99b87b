"""Rows of profiles and events, as import files and the API carry them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from catalog.row_types import NAME, Attributes, ExternalId, Labels, Language, Moment, Number, Row, text

CLOCK_SKEW = timedelta(days=1)


def _not_ahead(moment: datetime) -> datetime:
    """Windows count back from the newest event, so that one event of the year 2999 would empty them all."""
    if moment > datetime.now(UTC) + CLOCK_SKEW:
        raise PydanticCustomError("moment_ahead", "lies more than a day ahead: an event has happened already")
    return moment


class ProfileRow(Row):
    """One profile. What is left out is empty, but consent, `is_test` and `muted_categories` stay as they are stored.

    A new profile has both consents: it is the caller who knows whether the person gave them.
    """

    profile_id: ExternalId
    interests: str = text(20_000)
    attributes: Attributes = {}
    language: Language = ""
    learn: bool | None = None
    personalise: bool | None = None
    is_test: bool | None = None
    muted_categories: Labels | None = None


class EventRow(Row):
    """One event. It belongs to a profile, to an anonymous session, or to both."""

    profile_id: ExternalId | None = None
    session_id: ExternalId | None = None
    item_id: ExternalId
    kind: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
    value: Number | None = None
    occurred_at: Annotated[Moment, AfterValidator(_not_ahead)] | None = None
    recommendation_id: Annotated[UUID, Strict(False)] | None = None
    position: Annotated[int, Field(ge=0, le=2_147_483_647)] | None = None
    idempotency_key: Annotated[str, Field(min_length=1, max_length=100, pattern=NAME)] | None = None

    @model_validator(mode="after")
    def _is_of_someone(self) -> Self:
        if self.profile_id is None and self.session_id is None:
            raise PydanticCustomError(
                "of_no_one", "is missing: give it, or a session_id for an anonymous visitor", {"field": "profile_id"}
            )
        return self
