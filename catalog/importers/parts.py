"""Rows in parts of a size that one statement takes well, each id once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from django.db import reset_queries

from catalog.exceptions import RowError
from catalog.importers.rejected import Refusals
from catalog.importers.seen_ids import SeenIds, met_before
from catalog.row_types import Row

R = TypeVar("R", bound=Row)
PART = 1_000

Numbered = list[tuple[int, R]]


def parts(rows: Iterable[tuple[int, R]], size: int = PART) -> Iterator[Numbered[R]]:
    """Lists of up to `size` numbered rows."""
    rows = iter(rows)
    while part := list(islice(rows, size)):
        yield part
        reset_queries()  # with DEBUG on, Django would keep every statement, texts and all


def without_repeats(part: Numbered[R], field: str, seen: SeenIds, file: str, rejected: Refusals) -> Numbered[R]:
    """The rows whose id the file did not have before; the others are written down."""
    ids = [getattr(row, field) for _, row in part]
    first = seen.first_lines(ids, [number for number, _ in part])
    kept = []
    for (number, row), row_id in zip(part, ids, strict=True):
        if first[row_id] == number:
            kept.append((number, row))
        else:
            rejected.add(file, number, met_before(field, row_id, first[row_id]))
    return kept


def save_parts(
    numbered: Iterable[Numbered[R]],
    save: Callable[[list[R]], Sequence[str | RowError]],
    file: str,
    rejected: Refusals,
) -> Counter[str]:
    """Save part by part; how many rows met each outcome. Refused rows are written down."""
    counts: Counter[str] = Counter()
    for part in numbered:
        outcomes = save([row for _, row in part])
        for (number, _), outcome in zip(part, outcomes, strict=True):
            if isinstance(outcome, RowError):
                rejected.add(file, number, outcome)
            else:
                counts[outcome] += 1
    return counts
