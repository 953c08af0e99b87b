"""The parts of the OpenAPI description that every operation shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from pydantic import BaseModel, ConfigDict, Field

from catalog.pagination import DEFAULT_LIMIT, MOST_ROWS


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str = Field(description="Where: `title`, `attributes.color`, or empty for the whole body.")
    value: Any = Field(None, description="What was sent there, shortened.")
    detail: str = Field(description="What is wrong, and the way out.")


class Problem(BaseModel):
    """Problem details (RFC 9457), sent as `application/problem+json`."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="What happened and the way out, for people.")
    instance: str = Field(description="The address that answered.")
    errors: list[FieldProblem] = Field([], description="One per field that is not valid. Only with 400.")


class RowResult(BaseModel):
    """What became of one row of a list. It also carries the row's own id, where it has one that can be read."""

    model_config = ConfigDict(extra="allow")

    row: int = Field(description="The row's number in the list, or its line in JSON lines, counted from 1.")
    status: str = Field(description="`rejected`, or what became of it.")
    errors: list[FieldProblem] = Field([], description="Why the row was rejected.")


class RowResults(BaseModel):
    """What became of every row of a list."""

    received: int
    counts: dict[str, int] = Field(description="How many rows had each status.")
    results: list[RowResult]


def results_example(
    name: str, id_field: str, own_id: str, *, done: str = "created", field: str = "title", rejected: bool = False
) -> OpenApiExample:
    """An answer to two rows, the second of them rejected if asked for."""
    results: list[dict[str, Any]] = [{"row": 1, "status": done, id_field: own_id}]
    if rejected:
        errors = [{"field": field, "value": "7", "detail": "must be a text in quotes"}]
        results.append({"row": 2, "status": "rejected", "errors": errors})
    counts = {done: 1, "rejected": 1} if rejected else {done: 1}
    value = {"received": len(results), "counts": counts, "results": results}
    return OpenApiExample(name, value=value, response_only=True)


def not_required(*fields: str) -> Callable[[dict[str, Any]], None]:
    """For `json_schema_extra`: the class is described as if these fields could be left out; without names, all."""

    def loosen(schema: dict[str, Any]) -> None:
        required = [field for field in schema.pop("required", []) if fields and field not in fields]
        if required:
            schema["required"] = required

    return loosen


PROBLEM_JSON = "application/problem+json"
LIST_PARAMETERS = [
    OpenApiParameter(
        "limit", OpenApiTypes.INT, description=f"Rows a page, 1 to {MOST_ROWS}. {DEFAULT_LIMIT} by default."
    ),
    OpenApiParameter("cursor", OpenApiTypes.STR, description="`next_cursor` of the page before; none for the first."),
]


def problems(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """The problem answers of an operation. Every operation can answer 401, 403 and 503."""
    return {(status, PROBLEM_JSON): _problem(status) for status in sorted({*statuses, 401, 403, 503})}


def _problem(status: int) -> OpenApiResponse:
    title, detail = MEANINGS[status]
    value: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": "/api/v1/…",
    }
    if status == 400:
        value["errors"] = [{"field": "price", "value": "cheap", "detail": detail.partition(": ")[2]}]
    return OpenApiResponse(
        Problem, description=title, examples=[OpenApiExample(title, value=value, response_only=True)]
    )


MEANINGS = {
    400: ("Bad Request", "price: Input should be a valid number: send 12.5, or leave it out."),
    401: ("Unauthorized", "No API key came with the request: send the header `Authorization: Bearer <key>`."),
    403: ("Forbidden", "The key lacks the scope 'items'; it holds read."),
    404: ("Not Found", "There is no item 'suit-1' in this catalog: PUT it to make it."),
    409: ("Conflict", "“New fusion” is stopped. It does not run."),
    413: ("Content Too Large", "The list is too long: send at most 10,000 events at once."),
    503: ("Service Unavailable", "The database does not answer at the moment: send the request again."),
}
