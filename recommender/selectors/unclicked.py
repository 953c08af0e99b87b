"""What was shown to one person again and again without being chosen: from recorded answers and their events."""

from __future__ import annotations

from datetime import timedelta

from recommender.plugins.types import Query
from recommender.selectors.history import EVENTS_READ, NEWEST_FIRST, SIGN
from recommender.selectors.sql import fetch

ANSWERS_READ = 200
"""The newest answers of one person: who was shown more lists within the period has these counted."""

_COLUMNS = "r.created_at, r.item_ids, r.session_id FROM recommender_recommendation r"
_OF_PROFILE = f"""
    SELECT {_COLUMNS} WHERE r.profile_id = %(profile)s AND r.created_at >= %(since)s
    ORDER BY r.created_at DESC LIMIT {ANSWERS_READ}
"""
_OF_SESSION = f"""
    SELECT {_COLUMNS} WHERE r.catalog_id = %(catalog)s AND r.session_id = %(session)s AND r.session_id <> ''
    AND r.created_at >= %(since)s ORDER BY r.created_at DESC LIMIT {ANSWERS_READ}
"""
# An impression counts when it came after the person's last choice of the item, whichever list that came of.
STATEMENT = f"""
    WITH answer AS MATERIALIZED ({{answers}}), done AS MATERIALIZED (
        SELECT * FROM users_event e WHERE {{whose}} ORDER BY {NEWEST_FIRST} LIMIT {EVENTS_READ}
    ), chosen AS MATERIALIZED (
        SELECT e.item_id, max(e.received_at) AS at FROM done e JOIN users_eventkind k ON k.id = e.kind_id
        WHERE ({SIGN}) > 0 GROUP BY e.item_id
    )
    SELECT shown.item_id, count(*) FROM answer CROSS JOIN LATERAL unnest(answer.item_ids) AS shown(item_id)
    LEFT JOIN chosen ON chosen.item_id = shown.item_id WHERE chosen.at IS NULL OR answer.created_at > chosen.at
    GROUP BY shown.item_id HAVING count(*) >= %(least)s
"""


def unclicked(query: Query, profile_id: int | None, session_id: str, days: int, least: int) -> dict[int, int]:
    """Items shown at least so often within the days to this profile, else session, since they last chose the item.

    Item id → number of recorded answers that showed it. Nothing of somebody without profile and session.
    """
    if profile_id is None and not session_id:
        return {}
    if profile_id is not None:
        answers, whose = _OF_PROFILE, "e.profile_id = %(profile)s"
    else:
        answers, whose = _OF_SESSION, "e.catalog_id = %(catalog)s AND e.session_id = %(session)s"
    params = {
        "catalog": query.catalog_id,
        "profile": profile_id,
        "session": session_id,
        "since": query.now - timedelta(days=days),
        "least": least,
    }
    return dict(fetch(STATEMENT.format(answers=answers, whose=whose), params))
