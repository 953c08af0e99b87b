"""The benchmark of the admin's first page makes what it says, and measures the page itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.home import run, world
from recommender.models import DailyFigures, Recommendation
from recommender.selectors.home import Counts
from recommender.services import partitions
from users.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A year of few items and people."""
    monkeypatch.setattr(world, "ITEMS", 200)
    monkeypatch.setattr(world, "PROFILES", 50)
    world.load(1_000)
    yield
    for space_id in partitions.partitions():
        partitions.drop_partition(space_id)


def test_a_year_is_made_counted_and_measured(small: None) -> None:
    assert (Recommendation.objects.count(), Event.objects.count()) == (200, 1_000)
    found = run.measure(1_000, rounds=1)
    rows = [Counts(*one) for one in DailyFigures.objects.values_list("answers", "clicked", "converted", "degraded")]
    answers = sum(row.answers for row in rows)
    assert 190 <= answers <= 200  # all but those to test accounts
    assert 0 < sum(row.clicked for row in rows) < answers
    assert found["rows"] == len(rows)
    assert set(found["page_ms"]) == {7, 28, 90, 365}
    told = run.table(found)
    assert "the page over 365 days, ms" in told
    assert "1,000" in told
