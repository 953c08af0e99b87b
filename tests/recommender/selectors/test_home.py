"""Figures by day, placement and basis, and the periods they are compared over."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from catalog.models import Catalog
from recommender.models import DailyCoverage, DailyFigures
from recommender.selectors.home import (
    Counts,
    Coverage,
    Period,
    busiest,
    by_basis,
    by_placement,
    counted_at,
    coverage,
    over_days,
)

TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)


def row(catalog: Catalog, day: date, placement: int, basis: str, answers: int) -> None:
    DailyFigures.objects.create(
        catalog=catalog, day=day, placement_id=placement, basis=basis, answers=answers, clicked=answers // 2
    )


@pytest.fixture
def shop(db: None) -> Catalog:
    made = Catalog.objects.create(slug="shop")
    row(made, TODAY, 0, "sentence", 10)
    row(made, TODAY, 0, "popular", 4)
    row(made, TODAY, 7, "popular", 2)
    row(made, TODAY - DAY, 7, "popular", 6)
    row(made, TODAY - 2 * DAY, 7, "both", 8)
    row(Catalog.objects.create(slug="other"), TODAY, 0, "sentence", 99)
    return made


def test_the_period_before_is_as_long_and_ends_right_before() -> None:
    period = Period.until(TODAY, 7)
    assert (period.first, period.last, len(period.days)) == (date(2026, 3, 4), TODAY, 7)
    assert (period.before.first, period.before.last) == (date(2026, 2, 25), date(2026, 3, 3))


def test_counts_by_placement_and_day(shop: Catalog) -> None:
    found = by_placement(shop.pk, TODAY - DAY, TODAY)
    assert found == {
        0: {TODAY: Counts(14, 7)},
        7: {TODAY: Counts(2, 1), TODAY - DAY: Counts(6, 3)},
    }


def test_answers_by_basis_now_and_before(shop: Catalog) -> None:
    assert by_basis(shop.pk, Period.until(TODAY, 2)) == ({"sentence": 10, "popular": 12}, {"both": 8})


def test_shares_are_of_the_answers_and_of_nothing_none() -> None:
    counts = Counts(answers=10, clicked=5, converted=1, degraded=2, places=100, new_places=25)
    assert (counts.click_through, counts.conversion, counts.degraded_share, counts.new_share) == (0.5, 0.1, 0.2, 0.25)
    assert Counts().click_through is Counts().conversion is Counts().degraded_share is Counts().new_share is None


@pytest.mark.parametrize("width", [1, 2, 3])
def test_sums_over_the_days_up_to_each(width: int) -> None:
    days = {TODAY - number * DAY: Counts(10**number) for number in range(5)}
    period = Period.until(TODAY, 2)
    expected = [sum(10**number for number in range(start, start + width)) for start in (1, 0)]
    assert [one.answers for one in over_days(days, period, width)] == expected


def test_coverage_and_when_it_was_counted(shop: Catalog) -> None:
    assert counted_at(shop.pk) is None
    at = datetime(2026, 3, 10, 12, tzinfo=UTC)
    DailyCoverage.objects.create(catalog=shop, day=TODAY, items=5, new_items=2, counted_at=at)
    assert coverage(shop.pk, TODAY - DAY, TODAY) == {TODAY: Coverage(5, 2)}
    assert counted_at(shop.pk) == at


def test_the_busiest_catalog_is_one_of_those_asked_for(shop: Catalog) -> None:
    other = Catalog.objects.get(slug="other")
    assert busiest([shop.pk, other.pk], TODAY - DAY) == other.pk
    assert busiest([shop.pk], TODAY - DAY) == shop.pk
    assert busiest([other.pk], TODAY + DAY) is None
