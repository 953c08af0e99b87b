"""What “why not this item?” reads of one item: the parts of eligibility by themselves, and how a person used it up."""

from __future__ import annotations

from recommender.plugins.types import Query
from recommender.selectors.eligibility import eligible_items
from recommender.selectors.history import SIGN
from recommender.selectors.sql import fetch

AVAILABLE = '{"available": true, "expires_at": null}'


def fulfils(query: Query, item_id: int) -> bool:
    """Whether the item would be eligible if it were available and had not expired.

    It is the one predicate of eligibility, asked of the item's own row with these two columns as they would be then: so
    an item that is unavailable does not hide what else refuses it.
    """
    where, params = eligible_items(query)
    statement = (
        f"SELECT 1 FROM catalog_item stored, LATERAL jsonb_populate_record(stored, '{AVAILABLE}'::jsonb) i "
        f"WHERE stored.id = %(item)s AND {where}"
    )
    return bool(fetch(statement, {**params, "item": item_id}))


def consuming_kinds(catalog_id: int, item_id: int, profile_id: int | None, session_id: str) -> list[str]:
    """Names of the kinds of event by which a profile or a session has used the item up."""
    statement = (
        "SELECT DISTINCT k.name FROM users_event e JOIN users_eventkind k ON k.id = e.kind_id "
        f"WHERE e.catalog_id = %(catalog)s AND e.item_id = %(item)s AND k.consumes AND ({SIGN}) >= 0 "
        "AND (e.profile_id = %(profile)s OR %(session)s <> '' AND e.session_id = %(session)s) ORDER BY 1"
    )
    params = {"catalog": catalog_id, "item": item_id, "profile": profile_id, "session": session_id}
    return [row[0] for row in fetch(statement, params)]
