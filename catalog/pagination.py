"""Lists by cursor: in the order of external ids, so that a page is one short read of the unique index."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Protocol, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

DEFAULT_LIMIT = 100
MOST_ROWS = 1000


class Named(Protocol):
    """A row with an id of the caller's own."""

    external_id: str


M = TypeVar("M", bound=Model)


def page(queryset: QuerySet[M], request: Request) -> tuple[list[M], str | None]:
    """The rows after `cursor`, at most `limit`, and the cursor of the next page, None at the end.

    A row that is there from the first page to the last appears exactly once, whatever is added or deleted meanwhile.

    Raises:
        ValidationError: `limit` or `cursor` is not valid (400).
    """
    limit = _limit(request.query_params.get("limit", ""))
    after = _external_id(request.query_params.get("cursor", ""))
    rows = list(queryset.filter(external_id__gt=after).order_by("external_id")[: limit + 1])
    return rows[:limit], _cursor(rows[:limit]) if len(rows) > limit else None


def _limit(value: str) -> int:
    if not value:
        return DEFAULT_LIMIT
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= MOST_ROWS):
        raise ValidationError({"limit": f"{value[:50]!r} is not a number from 1 to {MOST_ROWS}."})
    return int(value)


def _cursor(rows: Iterable[object]) -> str:
    last: Named = list(rows)[-1]  # type: ignore[assignment]  # the models that are listed have an external_id
    return base64.urlsafe_b64encode(last.external_id.encode()).decode().rstrip("=")


def _external_id(cursor: str) -> str:
    try:
        external_id = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        external_id = "\0"
    if "\0" in external_id:
        raise ValidationError(
            {"cursor": f"{cursor[:50]!r} is no cursor: send next_cursor of the page before, or none."}
        )
    return external_id
