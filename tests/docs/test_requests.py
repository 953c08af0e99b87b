"""What the pages send is what the API takes: every body of a curl line, every row and every filter shown as JSON."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from catalog.rows import ItemRow
from recommender.schemas import Filter, RecommendRequest, SearchRequest, SimilarItemsRequest
from recommender.why_not_schemas import WhyNot, WhyNotRequest
from tests.docs.pages import PAGES, PROJECT, blocks, name_of
from users.rows import EventRow, ProfileRow

READERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "recommendations": RecommendRequest.model_validate,
    "search": SearchRequest.model_validate,
    "why-not": WhyNotRequest.model_validate,
    "similar-items": SimilarItemsRequest.model_validate,
    "events": EventRow.read,
}


def bodies() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """(page, resource, id, body) of every curl line that sends one."""
    for page in PAGES:
        for line in "\n".join(blocks(page)).splitlines():
            address = re.search(r"/api/v1/([a-z-]+)/(?:([^/\s]+)/)?", line)
            sent = re.search(r" -d '(.*)'\s*$", line)
            if address and sent:
                yield name_of(page), address[1], address[2] or "", json.loads(sent[1])


@pytest.mark.parametrize(("page", "resource", "external_id", "body"), list(bodies()))
def test_bodies_are_valid(page: str, resource: str, external_id: str, body: dict[str, Any]) -> None:
    if resource == "items":
        ItemRow.read({"item_id": external_id, **body})
    elif resource == "profiles":
        ProfileRow.read({"profile_id": external_id, **body})
    else:
        READERS[resource](body)


def test_every_way_to_ask_is_shown() -> None:
    assert {resource for _, resource, _, _ in bodies()} == {*READERS, "items", "profiles"}


def test_rows_to_import_are_valid() -> None:
    shown = blocks(PROJECT / "docs" / "howto" / "import-your-catalog.md")
    rows = [json.loads(block) for block in shown if block.startswith("{") and '"reason"' not in block]
    assert {next(iter(row)) for row in rows} == {"item_id", "profile_id"}
    for row in rows:
        (ItemRow if "item_id" in row else ProfileRow).read(row)


def test_the_filter_is_valid_and_whole() -> None:
    shown = blocks(PROJECT / "docs" / "howto" / "ask-for-recommendations.md")
    request = json.loads(next(block for block in shown if block.startswith('{"filter"')))
    RecommendRequest.model_validate(request)
    assert set(request["filter"]) == set(Filter.model_fields)


def test_every_field_of_why_not_is_explained() -> None:
    page = (PROJECT / "docs" / "howto" / "why-not.md").read_text("utf-8")
    assert {name for name in WhyNot.model_fields if f"`{name}`" not in page} == set()


def test_every_field_of_a_request_is_explained() -> None:
    page = (PROJECT / "docs" / "howto" / "ask-for-recommendations.md").read_text("utf-8")
    for model in (RecommendRequest, SearchRequest, SimilarItemsRequest):
        assert {name for name in model.model_fields if f"`{name}`" not in page} == set()
