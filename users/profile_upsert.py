"""Profiles → one statement: what is new is inserted, what differs replaced, what is equal left alone."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from catalog.bulk_sql import array_literal, fetch, source
from users.rows import ProfileRow

# What the person decided and a row does not speak of stays as it is: an import must not grant again what they withdrew.
STATEMENT = """
INSERT INTO users_profile AS profile (catalog_id, external_id, interests, attributes, language, learn, personalise,
    is_test, muted_categories, created_at, updated_at)
SELECT %s, incoming.external_id, incoming.interests, incoming.attributes::jsonb, incoming.language,
    coalesce(incoming.learn, known.learn, true), coalesce(incoming.personalise, known.personalise, true),
    coalesce(incoming.is_test, known.is_test, false),
    coalesce(incoming.muted_categories::varchar[], known.muted_categories, '{{}}'), now(), now()
FROM {incoming}
LEFT JOIN users_profile known ON known.catalog_id = %s AND known.external_id = incoming.external_id
ORDER BY incoming.external_id -- one order for all writers: two that meet wait, and never block each other
ON CONFLICT (catalog_id, external_id) DO UPDATE SET
    (interests, attributes, language, learn, personalise, is_test, muted_categories, updated_at)
    = (EXCLUDED.interests, EXCLUDED.attributes, EXCLUDED.language, EXCLUDED.learn, EXCLUDED.personalise,
       EXCLUDED.is_test, EXCLUDED.muted_categories, EXCLUDED.updated_at)
WHERE (profile.interests, profile.attributes, profile.language, profile.learn, profile.personalise, profile.is_test,
       profile.muted_categories)
    IS DISTINCT FROM (EXCLUDED.interests, EXCLUDED.attributes, EXCLUDED.language, EXCLUDED.learn,
       EXCLUDED.personalise, EXCLUDED.is_test, EXCLUDED.muted_categories)
RETURNING external_id, xmax = 0 -- only a row that was there before has an xmax
"""
PLAIN = {"interests": "text", "language": "text", "learn": "boolean", "personalise": "boolean", "is_test": "boolean"}


def upsert_profiles(catalog_id: int, rows: Sequence[ProfileRow]) -> dict[str, str]:
    """Write rows of distinct ids: "created" or "changed" by id; what was equal already is missing."""
    incoming, parameters = source(
        {
            "external_id": ("text", [row.profile_id for row in rows]),
            "attributes": ("text", [orjson.dumps(row.attributes).decode() for row in rows]),
            "muted_categories": ("text", [_array(row.muted_categories) for row in rows]),
            **{name: (kind, [getattr(row, name) for row in rows]) for name, kind in PLAIN.items()},
        }
    )
    written = fetch(STATEMENT.format(incoming=incoming), [catalog_id, *parameters, catalog_id])
    return {external_id: "created" if is_new else "changed" for external_id, is_new in written}


def _array(categories: list[str] | None) -> str | None:
    return None if categories is None else array_literal(list(dict.fromkeys(categories)))
