"""`items/`: what can be recommended. Views read the request and answer it; `catalog.services` writes."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import operations, services
from catalog.access import access
from catalog.bodies import named_in_path, object_body, writable
from catalog.bulk import save_rows
from catalog.pagination import page
from catalog.parsers import ROW_PARSERS, received_rows
from catalog.rows import ItemRow
from catalog.selectors import find_item, items
from catalog.serializers import item_json, item_row


class ItemList(APIView):
    """The items of the catalog."""

    scope = {"GET": "read"}

    @extend_schema(**operations.LIST_ITEMS)
    def get(self, request: Request) -> Response:
        """A page of items."""
        rows, next_cursor = page(items(access(request).catalog_id), request)
        return Response({"items": [item_json(item) for item in rows], "next_cursor": next_cursor})


class ItemDetail(APIView):
    """One item, by its id in the caller's own system."""

    scope = {"GET": "read", "PUT": "items", "PATCH": "items", "DELETE": "items"}

    @extend_schema(**operations.GET_ITEM)
    def get(self, request: Request, item_id: str) -> Response:
        """The item."""
        return Response(item_json(find_item(access(request).catalog_id, item_id)))

    @extend_schema(**operations.PUT_ITEM)
    def put(self, request: Request, item_id: str) -> Response:
        """Make the item, or replace it whole."""
        return self._save(request, item_id, writable(object_body(request)))

    @extend_schema(**operations.PATCH_ITEM)
    def patch(self, request: Request, item_id: str) -> Response:
        """Change the fields that are sent; the others stay."""
        changes = writable(object_body(request))
        with transaction.atomic():
            # Two changes at once wait for each other, so that neither undoes the other's fields.
            item = find_item(access(request).catalog_id, item_id, for_update=True)
            return self._save(request, item_id, {**item_row(item), **changes})

    @extend_schema(**operations.DELETE_ITEM)
    def delete(self, request: Request, item_id: str) -> Response:
        """Delete the item with everything that hangs on it."""
        services.delete_item(access(request).catalog_id, item_id)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _save(self, request: Request, item_id: str, body: dict[str, Any]) -> Response:
        catalog_id = access(request).catalog_id
        row = ItemRow.read(named_in_path(body, "item_id", item_id))
        outcome = services.save_items(catalog_id, [row])[0]
        made = outcome == "created"
        return Response(
            item_json(find_item(catalog_id, item_id)), status.HTTP_201_CREATED if made else status.HTTP_200_OK
        )


@extend_schema_view(**{method: extend_schema(exclude=True) for method in ("get", "put", "patch", "delete")})
class ItemBulk(ItemDetail):
    """Many items. An item whose own id is `bulk` has this address too, so the other methods serve it."""

    scope = {**ItemDetail.scope, "POST": "items"}
    parser_classes = ROW_PARSERS

    @extend_schema(**operations.BULK_ITEMS)
    def post(self, request: Request, item_id: str) -> Response:
        """Make or replace many items."""
        save = partial(services.save_items, access(request).catalog_id)
        return save_rows(received_rows(request.data), ItemRow, save, "item_id")
