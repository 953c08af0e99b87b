"""What the admin's first page reads of a catalog: figures that beat has counted by day, never answers or events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, IntegerField, Max, QuerySet, Sum, Value, When

from recommender.models import DailyCoverage, DailyFigures, Placement, Statistics

NAMES = ("answers", "clicked", "converted", "degraded", "places", "new_places")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, both ends included."""

    first: date
    last: date

    @classmethod
    def until(cls, last: date, days: int) -> Period:
        """So many days, the last of them given."""
        return cls(last - timedelta(days=days - 1), last)

    @property
    def days(self) -> list[date]:
        """Each day."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> Period:
        """As many days right before."""
        return Period.until(self.first - timedelta(days=1), len(self.days))


@dataclass(frozen=True, slots=True)
class Counts:
    """What came of some answers. Shares are None where there is nothing to share."""

    answers: int = 0
    clicked: int = 0
    converted: int = 0
    degraded: int = 0
    places: int = 0
    new_places: int = 0

    def __add__(self, other: Counts) -> Counts:
        return self._joined(other, 1)

    def __sub__(self, other: Counts) -> Counts:
        return self._joined(other, -1)

    def _joined(self, other: Counts, sign: int) -> Counts:
        return Counts(
            self.answers + sign * other.answers,
            self.clicked + sign * other.clicked,
            self.converted + sign * other.converted,
            self.degraded + sign * other.degraded,
            self.places + sign * other.places,
            self.new_places + sign * other.new_places,
        )

    @property
    def click_through(self) -> float | None:
        """Answers with a click, of all."""
        return self.clicked / self.answers if self.answers else None

    @property
    def conversion(self) -> float | None:
        """Answers with a conversion, of all."""
        return self.converted / self.answers if self.answers else None

    @property
    def degraded_share(self) -> float | None:
        """Answers that left something out, of all."""
        return self.degraded / self.answers if self.answers else None

    @property
    def new_share(self) -> float | None:
        """Places that new items held, of all."""
        return self.new_places / self.places if self.places else None


NOTHING = Counts()


@dataclass(frozen=True, slots=True)
class Coverage:
    """Different items shown on a day, and the new ones among them."""

    items: int = 0
    new_items: int = 0


ByPlacement = dict[int, dict[date, Counts]]


def by_placement(catalog_id: int, first: date, last: date) -> ByPlacement:
    """Counts by placement (0: none) and day."""
    rows = _figures(catalog_id, first, last).values("placement_id", "day").annotate(**_sums())
    found: ByPlacement = {}
    for row in rows.values_list("placement_id", "day", *_sums()):
        found.setdefault(row[0], {})[row[1]] = Counts(*row[2:])
    return found


def by_basis(catalog_id: int, period: Period) -> tuple[dict[str, int], dict[str, int]]:
    """Answers by what they rest on, in the period and in the one before."""
    now = Case(When(day__gte=period.first, then=Value(1)), default=Value(0), output_field=IntegerField())
    rows = _figures(catalog_id, period.before.first, period.last).annotate(now=now).values("basis", "now")
    found: tuple[dict[str, int], dict[str, int]] = ({}, {})
    for basis, is_now, answers in rows.annotate(total=Sum("answers")).values_list("basis", "now", "total"):
        found[0 if is_now else 1][basis] = answers
    return found


def coverage(catalog_id: int, first: date, last: date) -> dict[date, Coverage]:
    """By day; days without answers may be missing."""
    rows = DailyCoverage.objects.filter(catalog=catalog_id, day__gte=first, day__lte=last)
    return {day: Coverage(items, new) for day, items, new in rows.values_list("day", "items", "new_items")}


def counted_at(catalog_id: int) -> datetime | None:
    """When beat counted last; None before the first time."""
    at: datetime | None = DailyCoverage.objects.filter(catalog=catalog_id).aggregate(at=Max("counted_at"))["at"]
    return at


def placement_titles(catalog_id: int) -> dict[int, str]:
    """The placements there are."""
    return {one.pk: str(one) for one in Placement.objects.filter(catalog=catalog_id).only("title", "slug")}


def item_count(catalog_id: int) -> int:
    """Items of the catalog when its figures were refreshed last: no table of items is counted for a page."""
    return Statistics.objects.filter(catalog=catalog_id).values_list("items", flat=True).first() or 0


def busiest(catalog_ids: Iterable[int], since: date) -> int | None:
    """The catalog with the most answers since a day."""
    rows = DailyFigures.objects.filter(catalog__in=catalog_ids, day__gte=since).values("catalog")
    return rows.annotate(total=Sum("answers")).order_by("-total", "catalog").values_list("catalog", flat=True).first()


def total(counts: Iterable[Counts]) -> Counts:
    """The sum."""
    return sum(counts, NOTHING)


def over_days(days: Mapping[date, Counts], period: Period, width: int) -> list[Counts]:
    """For each day of the period the sum over so many days up to it."""
    back = timedelta(days=width)
    window = total(days.get(period.first - timedelta(days=number), NOTHING) for number in range(1, width + 1))
    found = []
    for day in period.days:
        window = window + days.get(day, NOTHING) - days.get(day - back, NOTHING)
        found.append(window)
    return found


def _figures(catalog_id: int, first: date, last: date) -> QuerySet[DailyFigures]:
    return DailyFigures.objects.filter(catalog=catalog_id, day__gte=first, day__lte=last)


def _sums() -> dict[str, Sum]:
    return {f"all_{name}": Sum(name) for name in NAMES}
