"""Equal rows of a file are different events, and each is known again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from catalog.bulk_sql import fetch
from catalog.rows import ItemRow
from catalog.services import create_catalog, save_items
from users.importers import staging
from users.rows import EventRow

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_table_is_left() -> Iterator[None]:
    yield
    staging.drop()


def event(**changes: object) -> EventRow:
    return EventRow.read({"profile_id": "anna", "item_id": "suit", "kind": "like", **changes})


def keys(*events: EventRow) -> list[str]:
    staging.stage(events, 1)
    return [key for (key,) in fetch("SELECT idempotency_key FROM import_event ORDER BY place", [])]


def test_equal_rows_are_numbered_in_their_order() -> None:
    first, second, other, third = keys(event(), event(), event(value=1.0), event())
    assert (second, third) == (f"{first}-1", f"{first}-2")
    assert other not in {first, second, third}
    assert keys(event(), event(value=1.0)) == [first, other]


def test_every_part_of_an_identity_counts() -> None:
    changes: tuple[dict[str, object], ...] = (
        {}, {"profile_id": "ben"}, {"session_id": "s"}, {"item_id": "tie"}, {"kind": "view"}, {"value": 0.0},
        {"occurred_at": "2026-01-01"}, {"profile_id": None, "session_id": "anna"},
    )  # fmt: skip
    assert len(set(keys(*(event(**change) for change in changes)))) == len(changes)
    assert len(max(keys(event()), key=len)) < 100


def test_own_keys_stay_as_they_are() -> None:
    assert keys(event(idempotency_key="k"), event(idempotency_key="k")) == ["k", "k"]


def test_the_sequence_goes_on_from_what_is_stored() -> None:
    assert staging.stage([event(), event()], 41) == 2
    assert fetch("SELECT sequence, place FROM import_event ORDER BY place", []) == [(41, 1), (42, 2)]


def test_events_of_unknown_items_are_counted() -> None:
    catalog = create_catalog("shop")
    save_items(catalog.pk, [ItemRow(item_id="suit", title="A suit")])
    staging.stage([event(item_id=f"ghost{number % 7}") for number in range(20)] + [event()], 1)
    assert staging.unknown_items(catalog.pk) == (20, ["ghost0", "ghost1", "ghost2", "ghost3", "ghost4"])
    staging.stage([event()], 1)
    assert staging.unknown_items(catalog.pk) == (0, [])
