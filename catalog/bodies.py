"""Bodies of requests → checked values. What is wrong becomes a `RowError`, which answers 400 with every field."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from rest_framework.request import Request

from catalog.exceptions import RowError, RowProblem
from catalog.row_problems import problems_of, shortened

M = TypeVar("M", bound=BaseModel)
# Answers carry them; a client that sends an answer back means no harm.
READ_ONLY = ("created_at", "updated_at")
NOT_AN_OBJECT = "is not one JSON object: send an object with Content-Type: application/json"


def read_body(model: type[M], body: object) -> M:
    """The body as `model` reads it.

    Raises:
        RowError: one problem per wrong field (400).
    """
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise RowError(problems_of(error, model)) from None


def object_body(request: Request) -> dict[str, Any]:
    """The JSON object of the request.

    Raises:
        RowError: it is something else (400).
    """
    body = request.data
    if not isinstance(body, dict):
        raise RowError([RowProblem("", shortened(body), NOT_AN_OBJECT)])
    return dict(body)


def named_in_path(body: dict[str, Any], field: str, external_id: str) -> dict[str, Any]:
    """The body with the id of the path. The body may leave it out, but not name another.

    Raises:
        RowError: the two ids differ (400).
    """
    if field in body and body[field] != external_id:
        reason = f"is not the id in the path, {external_id!r}: leave it out of the body, or make the two equal"
        raise RowError([RowProblem(field, shortened(body[field]), reason)])
    return {**body, field: external_id}


def writable(body: dict[str, Any]) -> dict[str, Any]:
    """The body without what only answers carry."""
    return {field: value for field, value in body.items() if field not in READ_ONLY}
