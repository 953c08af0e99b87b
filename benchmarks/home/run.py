"""Measure: the first count of a year, a turn of beat, and the reads of the page for each of its periods."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.home.world import SLUG
from catalog.models import Catalog
from recommender.admin import home_page
from recommender.admin.home import PERIODS
from recommender.models import DailyCoverage, DailyFigures
from recommender.services.daily_figures import count_days

PLACE = "{:<44} {:>12}"


def measure(events: int, rounds: int) -> dict[str, Any]:
    """All figures; times are milliseconds, the medians of so many rounds."""
    catalog = Catalog.objects.get(slug=SLUG)
    DailyFigures.objects.all().delete()
    DailyCoverage.objects.all().delete()
    whole = _ms(lambda: count_days(catalog))
    counted = DailyFigures.objects.count()
    return {
        "events": events,
        "rows": counted,
        "first_count_ms": whole,
        "beat_ms": _median(lambda: count_days(catalog), rounds),
        "page_ms": {days: _median(partial(home_page.page, catalog, days), rounds) for days in PERIODS},
        "queries": _queries(catalog),
    }


def table(found: dict[str, Any]) -> str:
    """The figures for reading."""
    lines = [
        PLACE.format("events", f"{found['events']:,}"),
        PLACE.format("rows that beat keeps", f"{found['rows']:,}"),
        PLACE.format("first count of the whole year, ms", f"{found['first_count_ms']:,.0f}"),
        PLACE.format("one turn of beat, ms", f"{found['beat_ms']:,.0f}"),
    ]
    lines += [PLACE.format(f"the page over {days} days, ms", f"{ms:,.0f}") for days, ms in found["page_ms"].items()]
    return "\n".join([*lines, PLACE.format("its queries", found["queries"])])


def _queries(catalog: Catalog) -> int:
    with CaptureQueriesContext(connection) as captured:
        home_page.page(catalog, 28)
    return len(captured)


def _median(work: Callable[[], Any], rounds: int) -> float:
    return statistics.median(_ms(work) for _ in range(rounds))


def _ms(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return round((time.perf_counter() - start) * 1000, 1)
