"""The OpenAPI description is valid, and every operation explains itself with tags, words and examples."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

DATA_OPERATIONS = {
    ("get", "/api/v1/items/"),
    ("get", "/api/v1/items/{item_id}/"),
    ("put", "/api/v1/items/{item_id}/"),
    ("patch", "/api/v1/items/{item_id}/"),
    ("delete", "/api/v1/items/{item_id}/"),
    ("post", "/api/v1/items/bulk/"),
    ("get", "/api/v1/profiles/"),
    ("get", "/api/v1/profiles/{profile_id}/"),
    ("put", "/api/v1/profiles/{profile_id}/"),
    ("patch", "/api/v1/profiles/{profile_id}/"),
    ("delete", "/api/v1/profiles/{profile_id}/"),
    ("post", "/api/v1/profiles/bulk/"),
    ("post", "/api/v1/events/"),
}


@cache
def description() -> dict[str, Any]:
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # drf-spectacular leaves it so
    return schema


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, one) for path, methods in description()["paths"].items() for method, one in methods.items()]


def test_the_description_is_valid(capsys: pytest.CaptureFixture[str]) -> None:
    description.cache_clear()
    validate_schema(description())  # type: ignore[no-untyped-call]  # drf-spectacular leaves it so
    printed = capsys.readouterr()
    assert "Warning" not in printed.err
    assert "Error" not in printed.err


def test_no_operation_on_data_is_missing() -> None:
    assert {(method, path) for method, path, _ in operations()} >= DATA_OPERATIONS


def test_every_operation_has_a_tag_a_summary_and_words() -> None:
    for method, path, operation in operations():
        assert operation["tags"], (method, path)
        assert operation.get("description"), (method, path)


def test_every_operation_on_data_shows_an_example_of_each_body() -> None:
    for method, path, operation in operations():
        if (method, path) in DATA_OPERATIONS:
            contents = [operation.get("requestBody", {}).get("content", {})]
            contents += [answer.get("content", {}) for answer in operation["responses"].values()]
            for content in contents:
                assert all(one.get("examples") for one in content.values()), (method, path, list(content))


def test_operations_on_data_say_how_they_fail() -> None:
    for method, path, operation in operations():
        if (method, path) in DATA_OPERATIONS:
            assert {"401", "403", "503"} <= set(operation["responses"]), (method, path)
            assert operation["security"] == [{"ApiKey": []}]
