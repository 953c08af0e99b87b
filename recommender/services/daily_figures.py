"""Figures of each day, counted by SQL: the last days again with every turn of beat, the days before them never.

What a day counts to depends on nothing but its answers and the events of the two days after each, so counting it twice
changes nothing. Answers to test accounts do not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from catalog.models import Catalog
from recommender.models import DailyCoverage, DailyFigures, Recommendation
from recommender.selectors.history import SIGN

NEW_DAYS = 28
"""An item is new for so long from its publication, or from its import where that has no date."""
LATE = timedelta(days=2)
"""An event counts when it comes within this time after the answer that it names."""
AGAIN = LATE + timedelta(days=1)
"""Days before the newest counted one that are counted again: late events reach so far."""
EARLY = timedelta(hours=1)
"""The clocks of shops and ours differ."""
STRETCH = timedelta(days=7)
"""So many days are counted in one statement, so that a first count of a year holds no memory for all of it."""

SHOWN = """
WITH shown AS MATERIALIZED (
    SELECT r.id, r.created_at, (r.created_at AT TIME ZONE %(zone)s)::date AS day,
        coalesce(r.placement_id, 0) AS placement_id, r.basis, r.item_ids, r.degraded
    FROM recommender_recommendation r LEFT JOIN users_profile p ON p.id = r.profile_id
    WHERE r.catalog_id = %(catalog)s AND r.created_at >= %(start)s AND r.created_at < %(end)s
        AND NOT coalesce(p.is_test, false)
), fresh AS MATERIALIZED (
    SELECT id, coalesce(published_at, created_at) + %(new)s AS until FROM catalog_item
    WHERE catalog_id = %(catalog)s AND coalesce(published_at, created_at) + %(new)s > %(start)s
)
"""
# An event counts for the answer that it names if that showed its item; what is positive and of a kind that consumes is
# a conversion: as in `selectors/experiments.py`.
FIGURES = f"""
INSERT INTO recommender_dailyfigures (catalog_id, day, placement_id, basis, answers, clicked, converted, degraded,
    places, new_places)
{SHOWN}, followed AS (
    SELECT s.id, bool_or(({SIGN}) > 0) AS clicked, bool_or(({SIGN}) > 0 AND k.consumes) AS converted
    FROM users_event e JOIN users_eventkind k ON k.id = e.kind_id JOIN shown s ON s.id = e.recommendation_id
    WHERE e.catalog_id = %(catalog)s AND e.occurred_at >= %(start)s - %(early)s AND e.occurred_at < %(end)s + %(late)s
        AND e.occurred_at >= s.created_at - %(early)s AND e.occurred_at < s.created_at + %(late)s
        AND e.item_id = ANY(s.item_ids)
    GROUP BY s.id
), answered AS (
    SELECT s.day, s.placement_id, s.basis, count(*) AS answers, count(*) FILTER (WHERE f.clicked) AS clicked,
        count(*) FILTER (WHERE f.converted) AS converted, count(*) FILTER (WHERE s.degraded) AS degraded,
        sum(cardinality(s.item_ids)) AS places
    FROM shown s LEFT JOIN followed f ON f.id = s.id GROUP BY 1, 2, 3
), newcomers AS (
    SELECT s.day, s.placement_id, s.basis, count(*) AS places
    FROM shown s CROSS JOIN unnest(s.item_ids) AS shown_item (id) JOIN fresh f ON f.id = shown_item.id
    WHERE s.created_at < f.until GROUP BY 1, 2, 3
)
SELECT %(catalog)s, a.day, a.placement_id, a.basis, a.answers, a.clicked, a.converted, a.degraded, a.places,
    coalesce(n.places, 0)
FROM answered a LEFT JOIN newcomers n USING (day, placement_id, basis)
"""
COVERAGE = f"""
INSERT INTO recommender_dailycoverage (catalog_id, day, items, new_items, counted_at)
{SHOWN}, items AS (
    SELECT s.day, shown_item.id, min(s.created_at) AS first_at
    FROM shown s CROSS JOIN unnest(s.item_ids) AS shown_item (id) GROUP BY 1, 2
)
SELECT %(catalog)s, i.day, count(*), count(*) FILTER (WHERE i.first_at < f.until), now()
FROM items i LEFT JOIN fresh f ON f.id = i.id GROUP BY i.day
"""


def count_days(catalog: Catalog, now: datetime | None = None) -> int:
    """Count what is not counted yet, and again what late events may still change; how many days were counted."""
    today = timezone.localdate(now)
    first = _first_day(catalog, today)
    for start, end in _stretches(first, today):
        _count(catalog, start, end, closes=end > today)
    return (today - first).days + 1


def count_all_days() -> None:
    """Of every catalog."""
    for catalog in Catalog.objects.all():
        count_days(catalog)


def _first_day(catalog: Catalog, today: date) -> date:
    """The first day to count: what was never counted begins with the oldest answer."""
    counted: date | None = DailyCoverage.objects.filter(catalog=catalog).aggregate(newest=Max("day"))["newest"]
    if counted is not None:
        kept = today - timedelta(days=settings.KEEP_ANSWERS_DAYS - 1)  # answers of before may be swept
        return max(min(counted, today) - AGAIN, min(kept, today))
    oldest = Recommendation.objects.filter(catalog_id=catalog.pk).aggregate(at=Min("created_at"))["at"]
    return min(timezone.localdate(oldest), today) if oldest else today


def _stretches(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Half-open ranges of days that cover those from the first to the last."""
    while first <= last:
        end = min(first + STRETCH, last + timedelta(days=1))
        yield first, end
        first = end


@transaction.atomic
def _count(catalog: Catalog, start: date, end: date, *, closes: bool) -> None:
    """Replace the rows of these days. The stretch that closes a count leaves a row of its last day in any case."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('recommender_daily'), %s)", [catalog.pk])
        for model in (DailyFigures, DailyCoverage):
            model.objects.filter(catalog=catalog, day__gte=start, day__lt=end).delete()
        params = _params(catalog, start, end)
        cursor.execute(FIGURES, params)
        cursor.execute(COVERAGE, params)
    if closes:
        last = end - timedelta(days=1)
        DailyCoverage.objects.get_or_create(catalog=catalog, day=last, defaults={"counted_at": timezone.now()})


def _params(catalog: Catalog, start: date, end: date) -> Mapping[str, Any]:
    zone = timezone.get_default_timezone()
    return {
        "catalog": catalog.pk,
        "zone": str(zone),
        "start": datetime.combine(start, time.min, zone),
        "end": datetime.combine(end, time.min, zone),
        "new": timedelta(days=NEW_DAYS),
        "late": LATE,
        "early": EARLY,
    }
