"""Errors as problem details, through real views."""

from typing import Any

import orjson
import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from django.test import Client, RequestFactory, override_settings
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recplatform.problems import bad_request, server_error


class Order(serializers.Serializer[dict[str, Any]]):
    title = serializers.CharField()
    amount = serializers.IntegerField(min_value=1)


def answer(error: Exception | type[Exception]) -> Any:
    """What a view answers that raises this error."""

    class Failing(APIView):
        authentication_classes = ()
        permission_classes = ()

        def get(self, request: Request) -> Response:
            raise error

    return Failing.as_view()(RequestFactory().get("/api/v1/orders/")).render()


def body(response: Any) -> dict[str, Any]:
    assert response["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = orjson.loads(response.content)
    assert problem["status"] == response.status_code
    return problem


def test_a_validation_error_names_every_field() -> None:
    order = Order(data={"amount": 0})
    order.is_valid()
    problem = body(answer(exceptions.ValidationError(order.errors)))
    assert problem["title"] == "Bad Request"
    assert problem["instance"] == "/api/v1/orders/"
    assert problem["detail"] == "2 fields are not valid: title, amount."
    assert problem["errors"] == [
        {"field": "title", "detail": "This field is required."},
        {"field": "amount", "detail": "Ensure this value is greater than or equal to 1."},
    ]


def test_a_single_error_is_its_own_summary() -> None:
    assert body(answer(exceptions.ValidationError({"limit": ["Too large."]})))["detail"] == "limit: Too large."
    assert body(answer(exceptions.ValidationError("Nothing to do.")))["detail"] == "Nothing to do."


def test_fields_inside_lists_are_located() -> None:
    error = exceptions.ValidationError({"items": [{}, {"title": ["Missing."]}], "non_field_errors": ["Odd."]})
    assert body(answer(error))["errors"] == [
        {"field": "items[1].title", "detail": "Missing."},
        {"field": "", "detail": "Odd."},
    ]


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (Http404("No item “x”."), 404, "No item “x”."),
        (PermissionDenied("The key lacks the scope “items”."), 403, "The key lacks the scope “items”."),
        (exceptions.MethodNotAllowed("GET"), 405, 'Method "GET" not allowed.'),
    ],
)
def test_other_errors_keep_their_message(error: Exception, status: int, detail: str) -> None:
    problem = body(answer(error))
    assert (problem["status"], problem["detail"]) == (status, detail)


def test_a_limit_keeps_its_retry_after() -> None:
    response = answer(exceptions.Throttled(wait=12))
    assert response.status_code == 429
    assert response["Retry-After"] == "12"


def test_a_database_that_is_down_is_503_with_retry_after(caplog: pytest.LogCaptureFixture) -> None:
    response = answer(OperationalError("connection refused by 10.0.0.1"))
    assert body(response)["status"] == 503
    assert int(response["Retry-After"]) > 0
    assert "10.0.0.1" not in response.content.decode()
    assert "10.0.0.1" in caplog.text


def test_an_unknown_error_is_left_to_django() -> None:
    with pytest.raises(ZeroDivisionError):
        answer(ZeroDivisionError)


def test_an_unknown_address_of_the_api_is_a_problem(client: Client) -> None:
    response = client.get("/api/v1/nowhere/")
    assert response.status_code == 404
    assert "/api/v1/docs/" in body(response)["detail"]
    assert client.get("/nowhere/")["Content-Type"].startswith("text/html")


@override_settings(ALLOWED_HOSTS=["shop.example"])
def test_a_foreign_host_is_a_problem(client: Client) -> None:
    response = client.get("/api/v1/nowhere", headers={"host": "other.example"})
    assert response.status_code == 400
    assert body(response)["title"] == "Bad Request"


def test_failures_below_the_api_are_problems_and_pages_elsewhere() -> None:
    requests = RequestFactory()
    assert body(server_error(requests.get("/api/v1/x/")))["status"] == 500
    assert body(bad_request(requests.get("/api/v1/x/"), ValueError()))["status"] == 400
    assert server_error(requests.get("/x/"))["Content-Type"].startswith("text/html")


@pytest.mark.django_db
def test_documentation_is_served_from_here(client: Client) -> None:
    page = client.get("/api/v1/docs/").content.decode()
    assert "https://" not in page.replace("https://github.com", "")
    assert client.get("/api/v1/schema/?format=json").json()["info"]["title"] == "recplatform"
    assert client.get("/admin/login/").status_code == 200
