"""Clients of the API for tests, each with a key of its own."""

from __future__ import annotations

from typing import Any

import orjson
from rest_framework.test import APIClient

from catalog.models import Catalog
from users.keys import create_key
from users.models import Scope


def api_client(catalog: Catalog, *scopes: str) -> APIClient:
    """A client with a key to the catalog; without scopes, one that may do everything."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_key(catalog, scopes or Scope.values)[1]}")
    return client


def json_lines(*rows: Any) -> bytes:
    """A body of JSON lines; bytes among the rows stand as they are."""
    return b"".join((row if isinstance(row, bytes) else orjson.dumps(row)) + b"\n" for row in rows)
