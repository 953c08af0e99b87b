"""Errors of the API as problem details (RFC 9457): what happened, in which field, and the way out."""

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from catalog.exceptions import CatalogNotFoundError, ItemNotFoundError, RowError
from recplatform.json import dumps
from users.exceptions import ProfileNotFoundError, TooManyEventsError

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
API_PREFIXES = ("/api/", "/health/")
# Errors of the applications that are the request's fault. Their messages are written for the caller.
STATUSES: dict[type[Exception], int] = {
    CatalogNotFoundError: HTTPStatus.NOT_FOUND,
    ItemNotFoundError: HTTPStatus.NOT_FOUND,
    ProfileNotFoundError: HTTPStatus.NOT_FOUND,
    TooManyEventsError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}
log = logging.getLogger(__name__)


def problem_details(error: Exception, context: dict[str, Any]) -> HttpResponseBase | None:
    """DRF's exception handler. None leaves the error to Django, which logs it and answers 500."""
    known = _as_api_exception(error)
    if known is None:
        return None
    set_rollback()
    request = context.get("request")
    problem = _problem(known, request.path if request is not None else "")
    response = Response(problem, status=known.status_code, headers=_headers(known))
    # DRF would announce application/json: the body is the same JSON under its own media type.
    response.content_type = CONTENT_TYPE
    return response


def _as_api_exception(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Http404):
        return exceptions.NotFound(str(error) or None)
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied(str(error) or None)
    if isinstance(error, OperationalError | InterfaceError):
        log.error("The database did not answer: %s", error)
        return DatabaseUnavailable()
    if isinstance(error, RowError):
        return InvalidRow(error)
    return _of_application(error)


def _of_application(error: Exception) -> exceptions.APIException | None:
    status = STATUSES.get(type(error))
    if status is None:
        return None
    known = exceptions.APIException(str(error))
    known.status_code = status
    return known


class InvalidRow(exceptions.ValidationError):
    """The request's object is not valid: one problem per field."""

    def __init__(self, error: RowError) -> None:
        super().__init__(str(error))
        self.errors = [{"field": p.field, "value": p.value, "detail": p.reason} for p in error.problems]


class DatabaseUnavailable(exceptions.APIException):
    """The database does not answer at the moment: send the same request again in a few seconds."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "The database does not answer at the moment: send the same request again in a few seconds."
    default_code = "database_unavailable"
    wait = RETRY_AFTER_SECONDS


def _problem(error: exceptions.APIException, path: str) -> dict[str, Any]:
    problem = _document(error.status_code, path)
    if isinstance(error, exceptions.ValidationError):
        errors = error.errors if isinstance(error, InvalidRow) else list(_field_errors(error.detail))
        problem["detail"] = _summary(errors)
        problem["errors"] = errors
    else:
        problem["detail"] = _text(error.detail)
    return problem


def _document(status: int, path: str) -> dict[str, Any]:
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status), "instance": path}


def _summary(errors: list[dict[str, Any]]) -> str:
    if len(errors) == 1:
        only = errors[0]
        return f"{only['field']}: {only['detail']}" if only["field"] else only["detail"]
    return f"{len(errors)} fields are not valid: {', '.join(dict.fromkeys(e['field'] or 'body' for e in errors))}."


def _field_errors(detail: Any, field: str = "") -> Iterator[dict[str, Any]]:
    """Walk DRF's nested error details; a field inside a list reads `items[3].title`."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _field_errors(inner, _join(field, name))
    elif isinstance(detail, list | tuple):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, dict | list | tuple)
            yield from _field_errors(inner, f"{field}[{position}]" if nested else field)
    else:
        error = {"field": field, "detail": str(detail)}
        value = getattr(detail, "value", None)
        yield error if value is None else {**error, "value": value}


def _join(field: str, name: Any) -> str:
    if name == "non_field_errors":
        return field
    if isinstance(name, int):
        return f"{field}[{name}]"
    return f"{field}.{name}" if field else str(name)


def _text(detail: Any) -> str:
    if isinstance(detail, dict):
        return " ".join(_text(value) for value in detail.values())
    if isinstance(detail, list | tuple):
        return " ".join(_text(value) for value in detail)
    return str(detail)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    challenge = getattr(error, "auth_header", None)
    if challenge:
        headers["WWW-Authenticate"] = challenge
    wait = getattr(error, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, round(wait)))
    return headers


def _for_api(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    body = dumps({**_document(status, request.path), "detail": detail})
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler400: problem details below /api/, the page elsewhere."""
    if request.path.startswith(API_PREFIXES):
        return _for_api(request, 400, "The request cannot be read: check the host name, the headers and the address.")
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler404: problem details below /api/, the page elsewhere."""
    if request.path.startswith(API_PREFIXES):
        return _for_api(request, 404, f"There is nothing at {request.path}: see /api/v1/docs/ for every path.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Django's handler500: problem details below /api/, the page elsewhere."""
    if request.path.startswith(API_PREFIXES):
        return _for_api(request, 500, "The answer failed inside the server, whose log holds the cause.")
    return defaults.server_error(request)
