"""Profiles as the API shows them: the fields of the interchange format, consent, and when they were written."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from catalog.openapi import RowResults, not_required
from users.models import Profile
from users.rows import EventRow, ProfileRow

WRITABLE = tuple(ProfileRow.model_fields)


class ProfileBody(ProfileRow):
    """A profile without its id, which is in the path. Only describes: `ProfileRow` reads."""

    model_config = ConfigDict(json_schema_extra=not_required("profile_id"))


class ProfileRows(RootModel[list[ProfileRow]]):
    """Profiles as a list. Only describes."""


class EventRows(RootModel[list[EventRow] | EventRow]):
    """One event, or a list of up to 10,000. Only describes."""


class EventAnswer(BaseModel):
    """What became of a single event."""

    status: Literal["stored", "duplicate"]


class EventAnswers(RootModel[EventAnswer | RowResults]):
    """To a single event its status, to a list the result of every row."""


class ProfileAnswer(BaseModel):
    """A profile, whole. Send it back with PUT and nothing changes."""

    profile_id: str = Field(description="The person's id in your own system.")
    interests: str = Field(description="What the person said of themselves, in any words.")
    attributes: dict[str, Any]
    language: str
    learn: bool = Field(description="Consent: their events may teach the models.")
    personalise: bool = Field(description="Consent: their words and events may shape their lists.")
    is_test: bool = Field(description="A test account: never learned from, never counted.")
    muted_categories: list[str] = Field(description="Categories of which the person wants nothing in their lists.")
    created_at: datetime
    updated_at: datetime


class ProfilePage(BaseModel):
    """A page of profiles, in the order of their ids."""

    profiles: list[ProfileAnswer]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null at the end.")


def profile_json(profile: Profile) -> dict[str, Any]:
    """The dict that `ProfileAnswer` describes, without the cost of building one."""
    return {
        "profile_id": profile.external_id,
        "interests": profile.interests,
        "attributes": profile.attributes,
        "language": profile.language,
        "learn": profile.learn,
        "personalise": profile.personalise,
        "is_test": profile.is_test,
        "muted_categories": profile.muted_categories,
        "created_at": profile.created_at,
        "updated_at": profile.updated_at,
    }


def profile_row(profile: Profile) -> dict[str, Any]:
    """What a `ProfileRow` of the profile is read from."""
    shown = profile_json(profile)
    return {field: shown[field] for field in WRITABLE}
