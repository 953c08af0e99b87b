"""What the kinds of event mean in a catalog, for events that a request brings along."""

from __future__ import annotations

from recommender.selectors.sql import fetch

SIGNS = {"positive": 1, "negative": -1, "neutral": 0}


def kind_signs(catalog_id: int) -> dict[str, tuple[int, float, bool]]:
    """(sign, weight, consumes) by kind. A kind with thresholds counts as its own sign: no value came along."""
    statement = "SELECT name, sign, weight::float8, consumes FROM users_eventkind WHERE catalog_id = %(catalog)s"
    return {row[0]: (SIGNS[row[1]], row[2], row[3]) for row in fetch(statement, {"catalog": catalog_id})}
