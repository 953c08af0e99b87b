"""How the OpenAPI description presents the operations on items."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from catalog.openapi import LIST_PARAMETERS, RowResults, problems, results_example
from catalog.rows import ItemRow
from catalog.serializers import ItemAnswer, ItemBody, ItemChanges, ItemPage, ItemRows

TAGS = ["Items"]
ITEM_ID = OpenApiParameter(
    "item_id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="The item's id in your own system, percent-encoded: `a/b` is written `a%2Fb`.",
)
SUIT: dict[str, Any] = {
    "title": "一件高端商务装",
    "description": "Fine wool, made to measure.",
    "categories": ["suits"],
    "tags": ["business", "wool"],
    "attributes": {"brand": "Ning", "year": 2026},
    "language": "zh",
    "url": "https://shop.example/suits/1",
    "image_url": "/img/suit-1.jpg",
    "price": 3200.0,
    "published_at": "2026-03-01T09:30:00Z",
    "expires_at": None,
    "available": True,
}
WRITTEN = {"created_at": "2026-03-01T09:30:00Z", "updated_at": "2026-03-01T09:30:00Z"}
ANSWER = {"item_id": "suit-1", **SUIT, **WRITTEN}
ITEM_ANSWER = OpenApiResponse(ItemAnswer, "The item.", [OpenApiExample("An item", value=ANSWER, response_only=True)])
MADE = OpenApiResponse(
    ItemAnswer, "The item was made.", [OpenApiExample("A new item", value=ANSWER, response_only=True)]
)

LIST_ITEMS: dict[str, Any] = {
    "tags": TAGS,
    "operation_id": "list_items",
    "summary": "List items",
    "description": "Items in the order of their ids, a page at a time. Needs the scope `read`.",
    "parameters": LIST_PARAMETERS,
    "responses": {
        200: OpenApiResponse(
            ItemPage,
            "A page.",
            [OpenApiExample("A page", value={"items": [ANSWER], "next_cursor": "c3VpdC0x"}, response_only=True)],
        ),
        **problems(400),
    },
}
GET_ITEM: dict[str, Any] = {
    "tags": TAGS,
    "operation_id": "get_item",
    "summary": "Read an item",
    "description": "The item as it is stored. Needs the scope `read`.",
    "parameters": [ITEM_ID],
    "responses": {200: ITEM_ANSWER, **problems(404)},
}
PUT_ITEM: dict[str, Any] = {
    "tags": TAGS,
    "operation_id": "put_item",
    "summary": "Make or replace an item",
    "description": (
        "Fields that are left out become empty. `item_id` may be left out of the body. The item can be recommended "
        "by its text seconds later. Sending the same item twice changes nothing. Needs the scope `items`."
    ),
    "parameters": [ITEM_ID],
    "request": {"application/json": ItemBody},
    "responses": {200: ITEM_ANSWER, 201: MADE, **problems(400)},
    "examples": [OpenApiExample("A suit", value=SUIT, request_only=True)],
}
PATCH_ITEM: dict[str, Any] = {
    "tags": TAGS,
    "operation_id": "patch_item",
    "summary": "Change fields of an item",
    "description": (
        "Only the fields that are sent change; lists and `attributes` are replaced whole. Needs the scope `items`."
    ),
    "parameters": [ITEM_ID],
    "request": {"application/json": ItemChanges},
    "responses": {200: ITEM_ANSWER, **problems(400, 404)},
    "examples": [OpenApiExample("Sold out", value={"available": False}, request_only=True)],
}
DELETE_ITEM: dict[str, Any] = {
    "tags": TAGS,
    "operation_id": "delete_item",
    "summary": "Delete an item",
    "description": (
        "The item goes with its vectors, relations and events. To keep its events and only stop recommending it, "
        "set `available` to false instead. Needs the scope `items`."
    ),
    "parameters": [ITEM_ID],
    "responses": {204: OpenApiResponse(description="The item is gone."), **problems(404)},
}
BULK_ITEMS: dict[str, Any] = {
    "tags": TAGS,
    "operation_id": "bulk_items",
    "summary": "Make or replace many items",
    "description": (
        "One item a line as `application/x-ndjson` (read as it arrives, up to 100,000 lines), or a list as "
        "`application/json`. Each row is answered for by itself: a bad row is rejected with its fields, the others "
        "are saved. Statuses: `created`, `changed`, `unchanged`, `replaced` (a later row has the same id), `rejected`. "
        "Needs the scope `items`."
    ),
    "request": {"application/json": ItemRows, "application/x-ndjson": ItemRow},
    "responses": {
        200: OpenApiResponse(RowResults, "Every row was taken.", [results_example("All saved", "item_id", "suit-1")]),
        207: OpenApiResponse(
            RowResults,
            "Some rows were rejected.",
            [results_example("One rejected", "item_id", "suit-1", rejected=True)],
        ),
        **problems(400, 413),
    },
    "examples": [
        OpenApiExample(
            "A list", value=[{"item_id": "suit-1", **SUIT}], request_only=True, media_type="application/json"
        ),
        OpenApiExample(
            "Lines",
            value='{"item_id": "suit-1", "title": "一件高端商务装"}\n{"item_id": "tie-1", "title": "Silk tie"}\n',
            request_only=True,
            media_type="application/x-ndjson",
        ),
    ],
}
