"""Writes of profiles, events and kinds of event."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

from django.db import transaction

from catalog.bulk_sql import fetch, source
from catalog.exceptions import RowError, RowProblem
from catalog.models import Catalog
from catalog.row_problems import shortened
from catalog.write_conflicts import again_after_conflict
from users.default_event_kinds import DEFAULT_EVENT_KINDS
from users.event_insert import EVENT_COLUMNS, insert_events, make_profiles
from users.exceptions import ProfileNotFoundError, TooManyEventsError
from users.models import EventKind, Profile, new_idempotency_key
from users.profile_upsert import upsert_profiles
from users.rows import EventRow, ProfileRow

MAX_EVENTS = 10_000
ITEMS = "SELECT external_id FROM catalog_item WHERE catalog_id = %s AND external_id = ANY(%s::text[])"
LOCKED_ITEMS = f"{ITEMS} ORDER BY external_id FOR KEY SHARE"


def provide_event_kinds(catalog: Catalog) -> None:
    """Give a catalog the default kinds of event that it lacks; those it has stay as they are."""
    kinds = [EventKind(catalog=catalog, **kind._asdict()) for kind in DEFAULT_EVENT_KINDS]
    EventKind.objects.bulk_create(kinds, ignore_conflicts=True)


@again_after_conflict
def save_profiles(catalog_id: int, rows: Sequence[ProfileRow]) -> list[str | RowError]:
    """Make or replace profiles, all in one statement.

    Returns, for each row, "created", "changed" or "unchanged", or "replaced" where a later row has the same id. The
    list type is the one all bulk writes share: no row fails here.
    """
    last = {row.profile_id: row for row in rows}
    if not last:
        return []
    with transaction.atomic():
        written = upsert_profiles(catalog_id, list(last.values()))
    return [written.get(row.profile_id, "unchanged") if last[row.profile_id] is row else "replaced" for row in rows]


def delete_profile(catalog_id: int, external_id: str) -> None:
    """Delete a profile with its events and recorded answers (a trigger of the recommender's migrations takes those).

    Raises:
        ProfileNotFoundError: the catalog has none of that id.
    """
    if not delete_profiles(catalog_id, [external_id]):
        raise ProfileNotFoundError(f"There is no profile {shortened(external_id)} in this catalog.")


@again_after_conflict
def delete_profiles(catalog_id: int, external_ids: Iterable[str]) -> int:
    """Delete the profiles of those ids with all that belongs to them; how many there were."""
    ids = [external_id for external_id in external_ids if "\0" not in external_id]
    chosen = Profile.objects.filter(catalog_id=catalog_id, external_id__in=ids)
    with transaction.atomic():
        # Locked first, all writers in one order: an event that comes in meanwhile waits, and finds the profile gone.
        locked = list(chosen.order_by("external_id").select_for_update().values_list("pk", flat=True))
        _, deleted = Profile.objects.filter(pk__in=locked).delete()
    return deleted.get(Profile._meta.label, 0)


@again_after_conflict
def save_events(catalog_id: int, rows: Sequence[EventRow]) -> list[str | RowError]:
    """Store events; when this returns they are committed (unless the caller holds a transaction).

    Returns, for each row, "stored", "duplicate" (an event with its idempotency key is there already) or a RowError (its
    item or kind is unknown). An event without `occurred_at` happened now. Profiles that are new are made. Events of one
    call keep their order.

    Raises:
        TooManyEventsError: there are more than 10,000.
    """
    if len(rows) > MAX_EVENTS:
        raise TooManyEventsError(f"{len(rows):,} events are too many for one call: send at most {MAX_EVENTS:,}.")
    with transaction.atomic():
        return _store(catalog_id, rows)


def _store(catalog_id: int, rows: Sequence[EventRow]) -> list[str | RowError]:
    kinds = _kinds(catalog_id)
    items = _known_items(LOCKED_ITEMS, catalog_id, rows)
    refused = [_refused(row, items, kinds) for row in rows]
    keys = [row.idempotency_key or new_idempotency_key() for row in rows]
    taken = [(row, key) for row, key, error in zip(rows, keys, refused, strict=True) if error is None]
    stored = _insert(catalog_id, taken) if taken else set()
    outcomes: list[str | RowError] = []
    for key, error in zip(keys, refused, strict=True):
        outcomes.append(error or ("stored" if key in stored else "duplicate"))
        stored.discard(key)  # a second event of the same key in this call is a duplicate of the first
    return outcomes


def refused_events(catalog_id: int, rows: Sequence[EventRow]) -> list[RowError | None]:
    """For each event why it would be refused. Nothing is written or locked."""
    kinds, items = _kinds(catalog_id), _known_items(ITEMS, catalog_id, rows)
    return [_refused(row, items, kinds) for row in rows]


def _kinds(catalog_id: int) -> list[str]:
    return list(EventKind.objects.filter(catalog_id=catalog_id).values_list("name", flat=True))


def _known_items(statement: str, catalog_id: int, rows: Sequence[EventRow]) -> set[str]:
    """The items of the events that exist; locked against deletion until the events are in, if the statement does so."""
    return {external_id for (external_id,) in fetch(statement, [catalog_id, list({row.item_id for row in rows})])}


def _refused(row: EventRow, items: Collection[str], kinds: Collection[str]) -> RowError | None:
    problems = []
    if row.item_id not in items:
        problems.append(
            RowProblem("item_id", shortened(row.item_id), "is no item of this catalog: send the item first")
        )
    if row.kind not in kinds:
        problems.append(unknown_kind(row.kind, kinds))
    return RowError(problems) if problems else None


def unknown_kind(kind: str, kinds: Collection[str]) -> RowProblem:
    """What is said of an event whose kind the catalog does not have."""
    reason = f"is no kind of event in this catalog: use one of {', '.join(sorted(kinds))}, or add it in the admin"
    return RowProblem("kind", shortened(kind), reason)


def _insert(catalog_id: int, events: Sequence[tuple[EventRow, str]]) -> set[str]:
    """Store events of known items and kinds; the keys of those that are new."""
    now = datetime.now(UTC)
    values = {name: [getattr(row, name, None) for row, _ in events] for name in EVENT_COLUMNS}
    values["occurred_at"] = [moment or now for moment in values["occurred_at"]]
    values["sequence"] = [0] * len(events)
    values["idempotency_key"] = [key for _, key in events]
    incoming, parameters = source({name: (kind, values[name]) for name, kind in EVENT_COLUMNS.items()})
    make_profiles(catalog_id, incoming, parameters)
    return set(insert_events(catalog_id, incoming, parameters))
