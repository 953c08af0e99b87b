"""Many rows in one request: each is read, saved and answered for by itself; a bad one stops none of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from catalog.exceptions import RowError, RowProblem
from catalog.parsers import ReceivedRow
from catalog.row_types import Row

PART = 1000
MOST_ROWS = 100_000

R = TypeVar("R", bound=Row)
Saved = Sequence[str | RowError]
"""What became of each row that was handed over: its status, or why it was refused after all."""


class TooManyRows(APIException):
    """More rows than one request takes."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_many_rows"


def save_rows(rows: Iterator[ReceivedRow], row: type[R], save: Callable[[list[R]], Saved], id_field: str) -> Response:
    """Save the rows part by part, each part as a whole, and answer for each of them.

    Status 200 when every row was taken, 207 when one or more were rejected: `results` says which and why.

    Raises:
        TooManyRows: there are more than `MOST_ROWS` (413); the rows up to there are saved.
    """
    results: list[dict[str, Any]] = []
    while part := list(islice(rows, PART)):
        if len(results) + len(part) > MOST_ROWS:
            raise TooManyRows(
                f"One request takes {MOST_ROWS:,} rows: the first {len(results):,} were handled, send the rest apart."
            )
        results += save_part(part, row, save, id_field)
    return answer(results)


def save_part(
    part: Sequence[ReceivedRow], row: type[R], save: Callable[[list[R]], Saved], id_field: str
) -> list[dict[str, Any]]:
    """One result per row, in their order. The rows that can be read are saved in one call."""
    read = [_read(received, row) for received in part]
    saved = iter(save([one for one in read if not isinstance(one, RowError)]))
    return [
        _result(received, one if isinstance(one, RowError) else next(saved), id_field)
        for received, one in zip(part, read, strict=True)
    ]


def answer(results: list[dict[str, Any]]) -> Response:
    """The counts of every status, and the results."""
    counts = Counter(result["status"] for result in results)
    body = {"received": len(results), "counts": dict(counts), "results": results}
    return Response(body, status=status.HTTP_207_MULTI_STATUS if counts["rejected"] else status.HTTP_200_OK)


def problems_json(error: RowError) -> list[dict[str, str]]:
    """The problems of a row as the API shows them."""
    return [{"field": one.field, "value": one.value, "detail": one.reason} for one in error.problems]


def _read(received: ReceivedRow, row: type[R]) -> R | RowError:
    if received.error:
        return RowError([RowProblem("", "", received.error)])
    try:
        return row.read(received.value)
    except RowError as error:
        return error


def _result(received: ReceivedRow, outcome: str | RowError, id_field: str) -> dict[str, Any]:
    result: dict[str, Any] = {"row": received.number, "status": "rejected"}
    own_id = received.value.get(id_field) if isinstance(received.value, dict) else None
    if isinstance(own_id, str):
        result[id_field] = own_id[:200]
    if isinstance(outcome, RowError):
        return {**result, "errors": problems_json(outcome)}
    return {**result, "status": outcome}
