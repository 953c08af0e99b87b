"""Validation errors → problems in plain words: the field, the value shortened, the reason and the way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from catalog.exceptions import RowProblem

MAX_SHOWN = 80

# Keyed by pydantic's error types; {…} is filled from the error's context.
REASONS = {
    "missing": "is missing: it is required",
    "string_type": "must be a text in quotes",
    "string_too_short": "is empty: it is required",
    "string_too_long": "is too long ({length} characters; at most {max_length}): shorten it",
    "string_unicode": "is not valid Unicode: save the file as UTF-8",
    "string_pattern_mismatch": "has a form or characters that are not allowed",
    "float_type": "must be a number without quotes, 1e15 at most",
    "float_parsing": "is not a number: write digits and a point, such as 12.5",
    "finite_number": "must be a finite number, not NaN or infinity: leave the field out when it is not known",
    "greater_than_equal": "must be at least {ge:.15g}",
    "less_than_equal": "must be at most {le:.15g}",
    "int_type": "must be a whole number without quotes",
    "int_parsing": "is not a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false without quotes",
    "bool_parsing": "must be true or false",
    "list_type": 'must be a list such as ["a", "b"]',
    "too_long": "has too many entries (at most {max_length}): keep the telling ones",
    "uuid_parsing": "is not a UUID: send the recommendation_id of an answer as it came",
    "uuid_type": "is not a UUID: send the recommendation_id of an answer as it came",
    "model_type": 'must be a JSON object such as {{"item_id": "1"}}',
}
# What the pattern of a field asks for.
FORMS = {
    "language": "is no language tag: write one such as en, zh or pt-BR, or leave it out",
    "url": "is no address: start with https://, http:// or / and use no spaces",
    "image_url": "is no address: start with https://, http:// or / and use no spaces",
    "kind": "is no name of an event kind: use letters, digits, - and _ only",
    "title": "is blank or has control characters (NUL among them): remove them",
    "description": "has control characters (NUL among them): remove them",
    "interests": "has control characters (NUL among them): remove them",
}
NAME_FORM = "is blank or has control characters, tabs or line breaks: remove them"


def problems_of(error: ValidationError, row: type[BaseModel]) -> list[RowProblem]:
    """One problem per wrong field, in the order of the fields."""
    return [_problem(detail, row) for detail in error.errors(include_url=False)]


def shortened(value: object) -> str:
    """The value as a message shows it: at most 80 characters, control characters escaped."""
    # A slice first: repr of ten megabytes would be made only to be thrown away.
    shown = repr(value[: MAX_SHOWN + 1]) if isinstance(value, str | bytes) else repr(value)
    return shown if len(shown) <= MAX_SHOWN else shown[: MAX_SHOWN - 1] + "…"


def _problem(detail: Mapping[str, Any], row: type[BaseModel]) -> RowProblem:
    kind, location = detail["type"], detail["loc"]
    if not location:  # a check of the whole row says itself which field is meant
        field = (detail.get("ctx") or {}).get("field", "")
        return RowProblem(field, shortened(detail["input"]), _reason(kind, "", detail, row))
    field = _field(location)
    value = "" if kind == "missing" else shortened(detail["input"])
    return RowProblem(field, value, _reason(kind, str(location[0]), detail, row))


def _field(location: tuple[int | str, ...]) -> str:
    """`tags[2]` for ("tags", 2); broken Unicode in a field's name is escaped."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    return "".join(parts).lstrip(".").encode("utf-8", "backslashreplace").decode()[:200]


def _reason(kind: str, field: str, detail: Mapping[str, Any], row: type[BaseModel]) -> str:
    if kind == "extra_forbidden":
        return f"is not a known field: remove it, or use one of {', '.join(row.model_fields)}"
    if kind == "string_pattern_mismatch":
        return FORMS.get(field, NAME_FORM)
    reason = REASONS.get(kind)
    if reason is None:
        return str(detail["msg"])
    context = dict(detail.get("ctx") or {})
    if isinstance(detail["input"], str):
        context["length"] = f"{len(detail['input']):,}"
    return reason.format(**context)
