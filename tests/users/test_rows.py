"""What profiles and events may hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog.exceptions import RowError
from users.rows import EventRow, ProfileRow

LIKE = {"profile_id": "anna", "item_id": "suit", "kind": "like"}


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("profile_id", "", "empty"),
        ("session_id", "a\0", "control characters"),
        ("item_id", None, "text in quotes"),
        ("kind", "a like", "letters, digits"),
        ("kind", "x" * 41, "at most 40"),
        ("value", float("nan"), "NaN"),
        ("value", 1e16, "at most 1e+15"),
        ("value", "5", "without quotes"),
        ("occurred_at", "2023-02-29T00:00:00Z", "no date and time that exists"),
        ("occurred_at", "2999-01-01T00:00:00Z", "a day ahead"),
        ("recommendation_id", "7", "not a UUID"),
        ("position", -1, "at least 0"),
        ("position", 1.5, "whole number"),
        ("position", 2**31, "at most"),
        ("idempotency_key", "x" * 101, "at most 100"),
        ("who", "anna", "not a known field"),
    ],
)
def test_what_is_refused_is_named(field: str, value: Any, word: str) -> None:
    with pytest.raises(RowError) as caught:
        EventRow.read({**LIKE, field: value})
    assert [one.field for one in caught.value.problems] == [field]
    assert word in caught.value.problems[0].reason


def test_an_event_is_of_someone() -> None:
    assert EventRow.read({"session_id": "s", "item_id": "suit", "kind": "like"}).profile_id is None
    with pytest.raises(RowError, match="profile_id: is missing: give it, or a session_id"):
        EventRow.read({"item_id": "suit", "kind": "like"})


def test_a_clock_may_be_a_little_fast() -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    assert EventRow.read({**LIKE, "occurred_at": soon.isoformat()}).occurred_at == soon


def test_a_csv_line_gives_numbers_and_moments() -> None:
    cells = {**LIKE, "value": "4", "position": "2", "occurred_at": "1997-12-04T15:55:49"}
    row = EventRow.read_texts(cells)
    assert (row.value, row.position, row.occurred_at) == (4.0, 2, datetime(1997, 12, 4, 15, 55, 49, tzinfo=UTC))


def test_consent_is_unknown_until_it_is_given() -> None:
    row = ProfileRow.read({"profile_id": "ben"})
    assert (row.learn, row.personalise, row.is_test) == (None, None, None)
    with pytest.raises(RowError, match="learn: must be true or false"):
        ProfileRow.read({"profile_id": "ben", "learn": "no"})


def test_interests_have_a_limit() -> None:
    with pytest.raises(RowError, match="at most 20000"):
        ProfileRow.read({"profile_id": "ben", "interests": "x" * 20_001})
