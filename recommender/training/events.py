"""A catalog's events as columns: what each person chose, in which order, and what they disliked.

Postgres sorts, numpy folds: a few megabytes of rows at a time, so that ten million events need no more memory than
their columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Max
from numpy.typing import NDArray

from catalog.models import Catalog
from recommender.exceptions import TooManyKindsError
from recommender.plugins.training import Rows
from recommender.plugins.types import Floats, Ids
from recommender.selectors.history import NEWEST_FIRST, SIGN
from recommender.training.streams import Column, copied, row_type
from users.models import Event, EventKind

ITEMS_PER_PERSON = 500
"""Of longer histories the last ones count, as in the tables of co-events."""
MOST_KINDS = 127
_SLICE = 1 << 20
_ROW = row_type(
    ("profile", ">i8"), ("session", ">i8"), ("item", ">i8"), ("sign", ">i2"), ("kind", ">i8"), ("weight", ">f4"),
    ("time", ">f8"),
)  # fmt: skip
_FADED = """
    CASE WHEN k.half_life_days IS NULL OR e.occurred_at IS NULL THEN 1
         ELSE power(0.5, date_part('epoch', %(newest)s::timestamptz - e.occurred_at) / 86400 / k.half_life_days) END
"""
# Events that say something, of people who agreed to be learned from. A person is a profile or a session: sessions are
# told apart by a hash of fixed width, and since equal ones come together, two could only be taken for one if
# neighbours in the order had the same 64 bits.
_EVENTS = """
    SELECT coalesce(e.profile_id, 0)::int8,
        CASE WHEN e.profile_id IS NULL THEN hashtextextended(e.session_id, 0) ELSE 0 END,
        e.item_id::int8, ({sign})::int2, e.kind_id::int8, (k.weight * {faded})::float4,
        coalesce(date_part('epoch', e.occurred_at), 'NaN')
    FROM users_event e JOIN users_eventkind k ON k.id = e.kind_id LEFT JOIN users_profile p ON p.id = e.profile_id
    WHERE e.catalog_id = %(catalog)s AND ({sign}) <> 0 AND coalesce(p.learn AND NOT p.is_test, true)
    ORDER BY e.profile_id, CASE WHEN e.profile_id IS NULL THEN e.session_id END COLLATE "C", {newest_first}
"""


@dataclass(frozen=True)
class Choices:
    """Flat columns, people one after another; `profile_ids` (people,) is 0 for a session.

    `starts`, `items`, `weights`, `kinds`, `times`, `kind_names` are those of `TrainingData`. A person's disliked items
    are `disliked[disliked_starts[p] : disliked_starts[p + 1]]`.
    """

    starts: Rows
    items: Rows
    weights: Floats
    kinds: NDArray[np.int8]
    times: NDArray[np.float64]
    kind_names: tuple[str, ...]
    disliked_starts: Rows
    disliked: Rows
    profile_ids: Ids


@dataclass(frozen=True)
class _Folded:
    """Some people's choices; `chosen` and `refused` (people,) count their rows."""

    profiles: Ids
    chosen: Rows
    refused: Rows
    items: Rows
    weights: Floats
    kinds: Ids
    times: NDArray[np.float64]
    disliked: Rows


def read_choices(catalog: Catalog, item_ids: Ids, *, half_lives: bool = False) -> Choices:
    """The choices of everybody who chose something. `item_ids` are ascending; events on other items are left out.

    Each item stands once in a person's sequence, at the place where they chose it first: what is learned from the
    sequence is what somebody chose next who had chosen only what stands before, and buying a thing again was no such
    choice. Weight and kind are those of the newest event, and an item whose newest opinion is negative is disliked.
    With `half_lives` a weight halves with each half-life of its kind, back from the catalog's newest event.
    """
    columns = {name: Column(kind) for name, kind in _COLUMNS.items()}
    codes: dict[int, int] = {}
    for rows in _whole_people(copied(*_statement(catalog, half_lives), _ROW)):
        folded = _folded(rows, item_ids)
        for name, column in columns.items():
            values = getattr(folded, name)
            column.append(_coded(values, codes) if name == "kinds" else values)
    done = {name: column.finished() for name, column in columns.items()}
    kind_names = _in_order_of_names(catalog, done["kinds"], codes)
    return Choices(
        starts=_starts(done["chosen"]),
        items=done["items"],
        weights=done["weights"],
        kinds=done["kinds"],
        times=done["times"],
        kind_names=kind_names,
        disliked_starts=_starts(done["refused"]),
        disliked=done["disliked"],
        profile_ids=done["profiles"],
    )


_COLUMNS: dict[str, Any] = {
    "profiles": np.int64, "chosen": np.int64, "refused": np.int64, "items": np.int64, "weights": np.float32,
    "kinds": np.int8, "times": np.float64, "disliked": np.int64,
}  # fmt: skip


def _statement(catalog: Catalog, half_lives: bool) -> tuple[str, dict[str, Any]]:
    newest = Event.objects.filter(catalog=catalog).aggregate(at=Max("occurred_at"))["at"] if half_lives else None
    faded = _FADED if newest else "1"
    statement = _EVENTS.format(sign=SIGN, faded=faded, newest_first=NEWEST_FIRST)
    return statement, {"catalog": catalog.pk, "newest": newest}


def _whole_people(chunks: Iterator[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    """The same rows, cut only between people."""
    rest = np.empty(0, dtype=_ROW)
    for chunk in chunks:
        rows = np.concatenate([rest, chunk])
        last = int(np.flatnonzero(_begins(rows))[-1])
        if last:
            yield rows[:last]
        rest = rows[last:]
    if len(rest):
        yield rest


def _begins(rows: NDArray[Any]) -> NDArray[np.bool_]:
    """Which rows are the first of a person."""
    begins = np.ones(len(rows), dtype=np.bool_)
    begins[1:] = (rows["profile"][1:] != rows["profile"][:-1]) | (rows["session"][1:] != rows["session"][:-1])
    return begins


def _folded(rows: NDArray[Any], item_ids: Ids) -> _Folded:
    """Events of whole people, newest first → what they chose, oldest first, and what they disliked."""
    begins = _begins(rows)
    person = np.cumsum(begins) - 1
    ids = rows["item"].astype(np.int64)
    places = np.searchsorted(item_ids, ids)
    there = places < len(item_ids)
    there[there] = item_ids[places[there]] == ids[there]
    at = np.flatnonzero(there)
    keys = person[at] * len(item_ids) + places[at]
    pairs, newest = np.unique(keys, return_index=True)  # of each person and item, the row that counts
    newest = at[newest]
    likes = rows["sign"][newest] > 0
    row, first = newest[likes], _first_choice(rows, at, keys, pairs[likes])
    order, chosen_by = _sequence(person[row], first)
    row, first = row[order], first[order]
    people = int(person[-1]) + 1
    chosen = np.bincount(chosen_by, minlength=people)
    kept = chosen > 0  # people who only dislike have no sequence to learn from
    refused = newest[~likes]
    order, refused_by = _sequence(person[refused], refused)
    refused = refused[order][kept[refused_by]]
    return _Folded(
        profiles=rows["profile"][begins].astype(np.int64)[kept],
        chosen=chosen[kept],
        refused=np.bincount(refused_by, minlength=people)[kept],
        items=places[row],
        weights=rows["weight"][row].astype(np.float32),
        kinds=rows["kind"][row].astype(np.int64),
        times=rows["time"][first].astype(np.float64),
        disliked=places[refused],
    )


def _first_choice(rows: NDArray[Any], at: Rows, keys: Rows, wanted: Rows) -> Rows:
    """The row of the oldest positive event of each wanted pair of person and item."""
    positive = np.flatnonzero(rows["sign"][at] > 0)[::-1]  # oldest first
    pairs, oldest = np.unique(keys[positive], return_index=True)
    return np.asarray(at[positive[oldest]][np.searchsorted(pairs, wanted)])


def _sequence(person: Rows, row: Rows) -> tuple[Rows, Rows]:
    """The order that puts each person's rows oldest first, of each the last ones, and the person of each."""
    order = np.lexsort((-row, person))
    sorted_person = person[order]
    ends = np.searchsorted(sorted_person, sorted_person, side="right")
    kept = ends - np.arange(len(order)) <= ITEMS_PER_PERSON
    return order[kept], sorted_person[kept]


def _starts(counts: Rows) -> Rows:
    starts = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


def _coded(kind_ids: Ids, codes: dict[int, int]) -> NDArray[np.int8]:
    """The kinds by small numbers, given as they appear."""
    present, place = np.unique(kind_ids, return_inverse=True)
    numbers = [codes.setdefault(one, len(codes)) for one in present.tolist()]
    if len(codes) > MOST_KINDS:
        raise TooManyKindsError(MOST_KINDS)
    return np.array(numbers, dtype=np.int8)[place]


def _in_order_of_names(catalog: Catalog, kinds: NDArray[np.int8], codes: dict[int, int]) -> tuple[str, ...]:
    """The names of the kinds that occur; `kinds` is changed to positions among them."""
    names = dict(EventKind.objects.filter(catalog=catalog, id__in=codes).values_list("id", "name"))
    ordered = sorted(codes, key=lambda one: names[one])
    place = np.zeros(MOST_KINDS, dtype=np.int8)
    for position, one in enumerate(ordered):
        place[codes[one]] = position
    for start in range(0, len(kinds), _SLICE):  # at once, numpy would widen ten million positions to eight bytes each
        kinds[start : start + _SLICE] = place[kinds[start : start + _SLICE]]
    return tuple(names[one] for one in ordered)
