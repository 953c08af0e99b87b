"""Events → rows: profiles that are new are made, ids resolved, and what is stored already is left alone.

The statements read from any source that has the columns of `EVENT_COLUMNS` and `place`: arrays of a request, or the
table into which an import copied its file.
"""

from __future__ import annotations

from typing import Any

from catalog.bulk_sql import fetch

EVENT_COLUMNS = {
    "profile_id": "text",
    "session_id": "text",
    "item_id": "text",
    "kind": "text",
    "value": "float8",
    "occurred_at": "timestamptz",
    "sequence": "bigint",
    "recommendation_id": "uuid",
    "position": "integer",
    "idempotency_key": "text",
}

NEW_PROFILES = """
WITH made AS (
INSERT INTO users_profile (catalog_id, external_id, interests, attributes, language, learn, personalise, is_test,
    created_at, updated_at)
SELECT %s, met.profile_id, '', '{{}}', '', true, true, false, now(), now()
FROM (SELECT DISTINCT profile_id FROM {incoming} WHERE profile_id IS NOT NULL) met
WHERE NOT EXISTS (SELECT FROM users_profile known WHERE known.catalog_id = %s AND known.external_id = met.profile_id)
ORDER BY met.profile_id -- one order for all writers: two that meet wait, and never block each other
ON CONFLICT (catalog_id, external_id) DO NOTHING
RETURNING id
) SELECT count(*) FROM made
"""
# `position` is a word of SQL: it is quoted where it could be read as one.
EVENTS = """
INSERT INTO users_event (catalog_id, profile_id, session_id, item_id, kind_id, value, occurred_at, sequence,
    recommendation_id, "position", idempotency_key, received_at)
SELECT %s, profile.id, coalesce(incoming.session_id, ''), item.id, kind.id, incoming.value, incoming.occurred_at,
    incoming.sequence, incoming.recommendation_id, incoming."position", incoming.idempotency_key, now()
FROM {incoming}
JOIN catalog_item item ON item.catalog_id = %s AND item.external_id = incoming.item_id
JOIN users_eventkind kind ON kind.catalog_id = %s AND kind.name = incoming.kind
LEFT JOIN users_profile profile ON profile.catalog_id = %s AND profile.external_id = incoming.profile_id
WHERE incoming.profile_id IS NULL OR profile.id IS NOT NULL
ORDER BY incoming.place
FOR KEY SHARE OF item, kind -- neither can be deleted before its event is in
ON CONFLICT (catalog_id, idempotency_key) DO NOTHING
RETURNING idempotency_key
"""


def make_profiles(catalog_id: int, incoming: str, parameters: list[Any]) -> int:
    """Make the profiles of a source that the catalog does not have yet; how many there were."""
    count: int = fetch(NEW_PROFILES.format(incoming=incoming), [catalog_id, *parameters, catalog_id])[0][0]
    return count


def insert_events(catalog_id: int, incoming: str, parameters: list[Any]) -> list[str]:
    """Inside a transaction: store the events of a source; the idempotency keys of those that were not there before.

    `incoming` is a FROM entry called incoming. Events of unknown items, kinds or profiles are passed over.
    """
    stored = fetch(EVENTS.format(incoming=incoming), [catalog_id, *parameters, catalog_id, catalog_id, catalog_id])
    return [key for (key,) in stored]
