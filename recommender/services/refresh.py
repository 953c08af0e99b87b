"""What is counted from events and texts, made anew: counters, the co-event table, document frequencies, whitening.

Readers see the old figures until the new ones are committed together with a higher version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from django.db import connection, transaction
from django.db.models import Count, F, Max
from django.utils import timezone
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from catalog.models import Catalog, Item
from recommender.models import Counter, Neighbours, Space, Statistics
from recommender.selectors.history import NEWEST_FIRST, SIGN
from recommender.services.whitening import fit_whitening
from users.models import Event, Profile

Progress = Callable[[str, int, int], None]
NEIGHBOURS_BY_KNN = 100
NEIGHBOURS_BY_COND = 50
POPULARITY_WINDOW_DAYS = 365
"""Older events, counted back from the newest one, make nothing popular; within it each kind fades by its half-life."""
ITEMS_PER_PERSON = 500
"""Of longer histories only the newest items count: the cost of co-events grows with the square."""
BLOCK = 512
KNN_SHRINKAGE = 20.0
COND_SHRINKAGE = 5.0

# Positive events of people who consented to learning; a person is a profile or a session.
CHOICES = f"""
    SELECT DISTINCT ON (person, item_id) person, item_id FROM (
        SELECT coalesce('p' || e.profile_id, 's' || e.session_id) AS person, e.item_id,
            row_number() OVER (PARTITION BY e.profile_id, e.session_id ORDER BY {NEWEST_FIRST}) AS place
        FROM users_event e JOIN users_eventkind k ON k.id = e.kind_id
        LEFT JOIN users_profile p ON p.id = e.profile_id
        WHERE e.catalog_id = %(catalog)s AND ({SIGN}) > 0 AND coalesce(p.learn AND NOT p.is_test, true)
    ) chosen WHERE place <= {ITEMS_PER_PERSON}
"""
COUNTERS = f"""
    INSERT INTO recommender_counter (item_id, catalog_id, people, popularity)
    SELECT e.item_id, e.catalog_id, count(DISTINCT coalesce('p' || e.profile_id, 's' || e.session_id)),
        sum(k.weight * CASE
            WHEN e.occurred_at < %(newest)s::timestamptz - interval '{POPULARITY_WINDOW_DAYS} days' THEN 0
            WHEN k.half_life_days IS NULL OR e.occurred_at IS NULL THEN 1
            ELSE power(0.5, extract(epoch FROM %(newest)s::timestamptz - e.occurred_at) / 86400 / k.half_life_days) END)
    FROM users_event e JOIN users_eventkind k ON k.id = e.kind_id LEFT JOIN users_profile p ON p.id = e.profile_id
    WHERE e.catalog_id = %(catalog)s AND ({SIGN}) > 0 AND coalesce(p.learn AND NOT p.is_test, true)
    GROUP BY e.item_id, e.catalog_id
"""


@dataclass(frozen=True)
class Choices:
    """Who chose what: X (people × items, binary) over the items with events, whose ids are `item_ids`."""

    matrix: csr_matrix
    item_ids: NDArray[np.int64]


def refresh(catalog: Catalog, progress: Progress | None = None) -> Statistics:
    """Count and fit everything again. Can be stopped at any time: nothing is half-written."""
    tell = progress or (lambda step, done, total: None)
    tell("reading events", 0, 1)
    choices = _choices(catalog)
    rows = list(neighbour_rows(choices, tell))
    tell("counting", 0, 1)
    with transaction.atomic():
        statistics = _write(catalog, rows)
    for space in Space.objects.filter(catalog=catalog, status=Space.Status.LIVE):
        tell(f"fitting {space}", 0, 1)
        fit_whitening(space)
    return statistics


def is_stale(catalog: Catalog) -> bool:
    """Whether events or items have come or gone since the figures were made, or people changed their consent."""
    figures = Statistics.objects.filter(catalog=catalog).first()
    if figures is None or figures.refreshed_at is None:
        return Item.objects.filter(catalog=catalog).exists()
    events = Event.objects.filter(catalog=catalog).aggregate(newest=Max("id"), count=Count("id"))
    items = Item.objects.filter(catalog=catalog)
    return (
        (events["newest"] or 0, events["count"], items.count())
        != (figures.last_event_id, figures.events, figures.items)
        or items.filter(updated_at__gt=figures.refreshed_at).exists()
        or Profile.objects.filter(catalog=catalog, updated_at__gt=figures.refreshed_at).exists()
    )


def _choices(catalog: Catalog) -> Choices:
    people: dict[str, int] = {}
    rows: list[int] = []
    items: list[int] = []
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(CHOICES, {"catalog": catalog.pk})
        for person, item_id in cursor:
            rows.append(people.setdefault(person, len(people)))
            items.append(item_id)
    item_ids, columns = np.unique(np.array(items, dtype=np.int64), return_inverse=True)
    ones = np.ones(len(rows), dtype=np.float32)
    return Choices(csr_matrix((ones, (rows, columns)), shape=(len(people), len(item_ids))), item_ids)


def neighbour_rows(choices: Choices, tell: Progress) -> Iterator[tuple[int, bytes]]:
    """(item id, packed neighbours) of every item with a neighbour; G = XᵀX is made a block of items at a time."""
    X = choices.matrix
    by_item = X.T.tocsr()
    popularity = np.asarray(X.sum(axis=0)).ravel()
    total = len(choices.item_ids)
    for start in range(0, total, BLOCK):
        tell("counting co-events", start, total)
        block = (by_item[start : start + BLOCK] @ X).tocsr()
        for offset in range(block.shape[0]):
            first, last = block.indptr[offset], block.indptr[offset + 1]
            row = start + offset
            packed = _packed(row, block.indices[first:last], block.data[first:last], popularity, choices.item_ids)
            if packed:
                yield int(choices.item_ids[row]), packed


def _packed(
    row: int,
    columns: NDArray[np.int32],
    together: NDArray[np.float32],
    popularity: NDArray[np.float32],
    item_ids: NDArray[np.int64],
) -> bytes:
    """The row's best neighbours by either measure, best knn first, as `Neighbours.packed` holds them."""
    others = columns != row
    columns, together = columns[others], together[others]
    if not len(columns):
        return b""
    knn = together / (np.sqrt(popularity[row] * popularity[columns]) + KNN_SHRINKAGE)
    cond = together / (popularity[row] + COND_SHRINKAGE)
    best = np.union1d(np.argsort(-knn)[:NEIGHBOURS_BY_KNN], np.argsort(-cond)[:NEIGHBOURS_BY_COND])
    best = best[np.argsort(-knn[best], kind="stable")]
    parts = (item_ids[columns[best]].astype("<i8"), knn[best].astype("<f4"), cond[best].astype("<f4"))
    return b"".join(part.tobytes() for part in parts)


def _write(catalog: Catalog, rows: list[tuple[int, bytes]]) -> Statistics:
    statistics, _ = Statistics.objects.select_for_update().get_or_create(catalog=catalog)
    newest = Event.objects.filter(catalog=catalog).aggregate(at=Max("occurred_at"), id=Max("id"))
    Counter.objects.filter(catalog=catalog).delete()
    Neighbours.objects.filter(catalog=catalog).delete()
    with connection.cursor() as cursor:
        cursor.execute(COUNTERS, {"catalog": catalog.pk, "newest": newest["at"]})
    # An item may have been deleted since its events were read.
    alive = set(Item.objects.filter(catalog=catalog).values_list("id", flat=True))
    Neighbours.objects.bulk_create(
        (Neighbours(item_id=item_id, catalog=catalog, packed=packed) for item_id, packed in rows if item_id in alive),
        batch_size=2_000,
    )
    statistics.version = F("version") + 1
    statistics.items = len(alive)
    statistics.items_with_events = Counter.objects.filter(catalog=catalog).count()
    statistics.events = Event.objects.filter(catalog=catalog).count()
    statistics.newest_event_at = newest["at"]
    statistics.last_event_id = newest["id"] or 0
    statistics.document_frequencies = _document_frequencies(catalog)
    statistics.refreshed_at = timezone.now()
    statistics.save()
    statistics.refresh_from_db()
    return statistics


def _document_frequencies(catalog: Catalog) -> bytes:
    """Items per term id: n sorted ids, then n counts."""
    counts: dict[int, int] = {}
    statement = (
        "SELECT term, count(*) FROM catalog_item, unnest(terms) AS term WHERE catalog_id = %(catalog)s GROUP BY term"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"catalog": catalog.pk})
        for term, count in cursor:
            one = crc32(term.encode())
            counts[one] = counts.get(one, 0) + count
    ids = np.array(sorted(counts), dtype="<u4")
    return ids.tobytes() + np.array([counts[one] for one in ids.tolist()], dtype="<u4").tobytes()
