"""External ids ↔ database ids, and what an answer shows of an item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recommender.plugins.types import Ids
from recommender.selectors.sql import fetch, id_array


@dataclass(frozen=True, slots=True)
class KnownProfile:
    """What a request needs of a profile."""

    id: int
    interests: str
    language: str
    personalise: bool
    muted_categories: list[str]
    attributes: dict[str, Any]


def item_ids(catalog_id: int, external_ids: Sequence[str]) -> dict[str, int]:
    """Database ids by external id; what is unknown is missing from the result."""
    if not external_ids:
        return {}
    statement = "SELECT external_id, id FROM catalog_item WHERE catalog_id = %(catalog)s AND external_id = ANY(%(ids)s)"
    return {row[0]: row[1] for row in fetch(statement, {"catalog": catalog_id, "ids": list(set(external_ids))})}


def external_ids(ids: Ids) -> dict[int, str]:
    """External ids by database id."""
    statement = "SELECT id, external_id FROM catalog_item WHERE id = ANY(%(ids)s::bigint[])"
    return {row[0]: row[1] for row in fetch(statement, {"ids": id_array(ids.tolist())})} if len(ids) else {}


def titles(ids: Ids) -> dict[int, tuple[str, str]]:
    """(external id, title) by database id."""
    statement = "SELECT id, external_id, title FROM catalog_item WHERE id = ANY(%(ids)s::bigint[])"
    return {row[0]: (row[1], row[2]) for row in fetch(statement, {"ids": id_array(ids.tolist())})} if len(ids) else {}


def profile(catalog_id: int, external_id: str) -> KnownProfile | None:
    """The profile of that external id, or None."""
    statement = (
        "SELECT id, interests, language, personalise, muted_categories, attributes FROM users_profile "
        "WHERE catalog_id = %(catalog)s AND external_id = %(id)s"
    )
    rows = fetch(statement, {"catalog": catalog_id, "id": external_id})
    return KnownProfile(*rows[0]) if rows else None
