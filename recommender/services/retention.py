"""How long recorded answers are kept. They have no foreign keys, so nothing else removes them."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

BATCH = 10_000

STALE = """
    DELETE FROM recommender_recommendation WHERE id IN (
        SELECT r.id FROM recommender_recommendation r
        WHERE r.created_at < %(before)s OR NOT EXISTS (SELECT FROM catalog_catalog c WHERE c.id = r.catalog_id)
        LIMIT %(batch)s
    )
"""


def sweep_recommendations() -> int:
    """Delete answers older than RECPLATFORM_KEEP_ANSWERS_DAYS, and those of deleted catalogs; how many they were."""
    before = timezone.now() - timedelta(days=settings.KEEP_ANSWERS_DAYS)
    deleted: int = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(STALE, {"before": before, "batch": BATCH})
            deleted += cursor.rowcount
            if cursor.rowcount < BATCH:
                return int(deleted)
