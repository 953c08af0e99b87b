"""The types of the fields of rows, and `Row`, which reads one: the one validation of import and API.

Texts may hold line breaks and tabs, ids and names no control characters at all; Postgres keeps no NUL anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from catalog.exceptions import RowError
from catalog.row_problems import problems_of

MAX_NUMBER = 1e15
MAX_ATTRIBUTES = 200
MAX_LIST = 1_000
MAX_WORDS = 10_000

NAME = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*[^\x00-\x1f\x7f-\x9f\u2028\u2029\s][^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"
TITLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*[^\x00-\x1f\s][^\x00-\x08\x0b\x0c\x0e-\x1f]*$"
_FORBIDDEN_IN_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def _moment(value: object) -> datetime:
    """ISO 8601 text (or a datetime) as UTC; without an offset it is UTC already."""
    if not isinstance(value, str | datetime):
        raise PydanticCustomError("moment_type", "must be a text such as 2026-03-01T09:30:00Z (ISO 8601)")
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise PydanticCustomError(
            "moment_parsing",
            "is no date and time that exists ({cause}): write ISO 8601 such as 2026-03-01T09:30:00Z, years 0001-9999",
            {"cause": str(error)[:100]},
        ) from error


def _language(value: str) -> str:
    """The first part of a language tag is written in lower case."""
    first, dash, rest = value.partition("-")
    return first.lower() + dash + rest


def _without_blanks(labels: list[str]) -> list[str]:
    return [label for label in labels if label.strip()]


def _attributes(value: object) -> dict[str, Any]:
    """A JSON object of scalars or lists of scalars, every number finite."""
    if not isinstance(value, Mapping):
        raise PydanticCustomError("attributes_type", 'must be a JSON object such as {"brand": "Acme", "year": 1999}')
    if len(value) > MAX_ATTRIBUTES:
        raise PydanticCustomError("attributes_many", f"has more than {MAX_ATTRIBUTES} keys: keep the telling ones")
    for key, one in value.items():
        _check_key(key)
        _check_list(key, one) if isinstance(one, list) else _check_scalar(key, one)
    return dict(value)


def _check_key(key: object) -> None:
    if not isinstance(key, str) or not key.strip() or len(key) > 200 or _FORBIDDEN_IN_TEXT.search(key):
        raise _attribute_error(str(key), "is no key: 1-200 characters without control characters")


def _check_list(key: str, values: list[object]) -> None:
    if len(values) > MAX_LIST:
        raise _attribute_error(key, f"has more than {MAX_LIST} values: keep the telling ones")
    for value in values:
        _check_scalar(key, value)


def _check_scalar(key: str, value: object) -> None:
    if isinstance(value, str):
        if len(value) > MAX_WORDS:
            raise _attribute_error(key, f"has more than {MAX_WORDS} characters: put long texts into the description")
        if _FORBIDDEN_IN_TEXT.search(value):
            raise _attribute_error(key, "has control characters or broken Unicode: remove them")
    elif isinstance(value, int | float):
        if not -MAX_NUMBER <= value <= MAX_NUMBER:  # which NaN is not either
            raise _attribute_error(key, f"is not a number between ±{MAX_NUMBER:.0e}: write a long id as text")
    elif value is not None:
        raise _attribute_error(key, "must be a text, a number, true, false, null or a list of those: flatten it")


def _attribute_error(key: str, reason: str) -> PydanticCustomError:
    return PydanticCustomError("attribute", "{key} {reason}", {"key": repr(key[:80]), "reason": reason})


ExternalId = Annotated[str, Field(min_length=1, max_length=200, pattern=NAME)]
"""The id of something in its owner's own system."""
Labels = Annotated[
    list[Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")]],
    Field(max_length=MAX_LIST),
    AfterValidator(_without_blanks),
]
"""Categories or tags. Blank ones, which many exports have, say nothing and are left out."""
Language = Annotated[
    str, Field(max_length=16, pattern=r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*)?$"), AfterValidator(_language)
]
"""A language tag such as en, zh or pt-BR; empty where it is not known."""
Address = Annotated[str, Field(max_length=2000, pattern=r"^(https?://[^\s\x00-\x1f]+|/[^\s\x00-\x1f]*)?$")]
"""A web address, or a path on the owner's own site; empty where there is none."""
Moment = Annotated[datetime, BeforeValidator(_moment)]
"""A moment in UTC, from ISO 8601."""
Number = Annotated[float, Field(ge=-MAX_NUMBER, le=MAX_NUMBER, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, le=MAX_NUMBER, allow_inf_nan=False)]
Attributes = Annotated[dict[str, Any], BeforeValidator(_attributes)]


def text(max_length: int) -> Any:
    """The limits of a text that people read."""
    return Field(default="", max_length=max_length, pattern=TEXT)


class Row(BaseModel):
    """One row of an import file or of an API request. Unknown fields are errors, each with its name."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @classmethod
    def read(cls, value: object) -> Self:
        """The row in a JSON value. Raises RowError, which has one problem per wrong field."""
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            raise RowError(problems_of(error, cls)) from None

    @classmethod
    def read_texts(cls, cells: Mapping[str, str]) -> Self:
        """The row in the cells of a CSV line, where numbers are texts and an empty cell is left out by the caller."""
        try:
            return cls.model_validate_strings(cells)
        except ValidationError as error:
            raise RowError(problems_of(error, cls)) from None

    @classmethod
    def read_loosely(cls, values: Mapping[str, object]) -> Self:
        """The row in values of a spreadsheet, where a number, a date or a truth value may be a text."""
        try:
            return cls.model_validate(values, strict=False)
        except ValidationError as error:
            raise RowError(problems_of(error, cls)) from None
