"""What the admin's first page shows of a catalog: figures beside those of the period before, by placement and basis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog.models import Catalog
from recommender.admin.attention import Facts, Notice, change, notices, percent
from recommender.admin.day_plot import Line, drawn
from recommender.models.recommendation import AnswerBasis
from recommender.selectors import attention, home
from recommender.selectors.home import Counts, Coverage, Period

MOST_LINES = 5
SMOOTHED = 7
"""Shares of a day jump where few answers stand behind them: longer periods show those of so many days up to each."""
COLOURS = ("#9333ea", "#0d9488", "#ea580c", "#2563eb", "#ca8a04")
"""Told apart without red and green, and from a white and a dark page."""
PALE = "#94a3b8"

Share = Callable[[Counts], float | None]


@dataclass(frozen=True)
class Tile:
    """A figure with how it differs from the period before."""

    title: str
    value: str
    change: str
    note: str = ""


@dataclass(frozen=True)
class Part:
    """A part of all answers, as a segment of a bar."""

    title: str
    colour: str
    percent: str
    width: str
    change: str


@dataclass(frozen=True)
class Placed:
    """A placement's counts by day, and their sums now and before."""

    title: str
    colour: str
    days: Mapping[date, Counts]
    now: Counts
    before: Counts


def page(catalog: Catalog, days: int) -> dict[str, Any]:
    """Everything that the template shows of a catalog over so many days until today."""
    now = timezone.now()
    period = Period.until(timezone.localdate(now), days)
    placed = _placed(catalog.pk, period)
    totals = home.total(one.now for one in placed), home.total(one.before for one in placed)
    covered = home.coverage(catalog.pk, period.before.first, period.last)
    spaces, queue = attention.spaces(catalog.pk), attention.waiting_to_encode()
    counted = home.counted_at(catalog.pk)
    items = home.item_count(catalog.pk)
    return {
        "tiles": _tiles(totals, period, covered, items),
        "plots": _plots(placed[:MOST_LINES], period),
        "legend": [(one.colour, one.title) for one in placed[:MOST_LINES]],
        "table": _table(placed),
        "basis": _basis(catalog.pk, period),
        "coverage": _coverage_plot(period, covered),
        "new_share": (percent(totals[0].new_share), points(*(one.new_share for one in totals))),
        "spaces": _spaces(spaces),
        "queue": queue,
        "notices": _notices(catalog.pk, placed, spaces, queue, items, counted, now),
        "counted_at": counted,
    }


def _notices(
    catalog_id: int,
    placed: Sequence[Placed],
    spaces: Sequence[attention.SpaceState],
    queue: int | None,
    items: int,
    counted: datetime | None,
    now: datetime,
) -> list[Notice]:
    recent_days = Period.until(timezone.localdate(now), 2).days
    recent = home.total(one.days.get(day, home.NOTHING) for one in placed for day in recent_days)
    return notices(Facts(catalog_id, items, spaces, queue, recent, counted, now))


def _placed(catalog_id: int, period: Period) -> list[Placed]:
    """By placement, the busiest first."""
    counts = home.by_placement(catalog_id, period.before.first - timedelta(days=SMOOTHED), period.last)
    titles = {0: _("No placement"), **home.placement_titles(catalog_id)}
    sums = {
        one: [home.total(days.get(day, home.NOTHING) for day in each.days) for each in (period, period.before)]
        for one, days in counts.items()
    }
    order = sorted(counts, key=lambda one: (-sums[one][0].answers, -sums[one][1].answers, one))
    return [
        Placed(
            titles.get(one) or _("Placement %(id)s, deleted") % {"id": one},
            COLOURS[place % len(COLOURS)],
            counts[one],
            *sums[one],
        )
        for place, one in enumerate(order)
    ]


def _tiles(totals: tuple[Counts, Counts], period: Period, covered: Mapping[date, Coverage], items: int) -> list[Tile]:
    now, before = totals
    shown, shown_before = (_mean_items(covered, each) for each in (period, period.before))
    share, share_before = ((one / items if items and one is not None else None) for one in (shown, shown_before))
    return [
        Tile(_("Lists served"), f"{now.answers:,}", relative(now.answers, before.answers)),
        Tile(
            _("Click-through"),
            percent(now.click_through),
            points(now.click_through, before.click_through),
            _("Lists of which an item was clicked or liked"),
        ),
        Tile(
            _("Conversion"),
            percent(now.conversion),
            points(now.conversion, before.conversion),
            _("Lists of which an item was bought or used up"),
        ),
        Tile(
            _("Catalogue coverage"),
            percent(share),
            points(share, share_before),
            _("Items shown on an average day, of %(items)s") % {"items": f"{items:,}"},
        ),
    ]


def _mean_items(covered: Mapping[date, Coverage], period: Period) -> float | None:
    """Different items on an average day that showed any."""
    shown = [covered[day].items for day in period.days if day in covered and covered[day].items]
    return sum(shown) / len(shown) if shown else None


def relative(now: float, before: float) -> str:
    """By how much a number differs from the one before; empty without one."""
    if not before:
        return ""
    return _signed(100 * (now / before - 1), " %")


def points(now: float | None, before: float | None) -> str:
    """By how many percentage points a share differs from the one before; empty without one."""
    if now is None or before is None:
        return ""
    return _signed(100 * (now - before), " " + _("points"))


def _signed(value: float, unit: str) -> str:
    digits = 0 if abs(value) >= 10 else 1
    told = f"{value:+,.{digits}f}".replace("-", "−")
    return _("no change") if float(f"{value:.{digits}f}") == 0 else told + unit


def _plots(placed: Sequence[Placed], period: Period) -> list[tuple[str, str]]:
    """Lists, click-through and conversion over the days, a line for each placement."""
    width = SMOOTHED if len(period.days) > SMOOTHED else 1
    note = _(", mean of %(days)s days") % {"days": width} if width > 1 else ""
    sorts: tuple[tuple[str, Share, int], ...] = (
        (_("Lists served a day"), lambda one: float(one.answers), 0),
        (_("Click-through") + note, lambda one: one.click_through, width),
        (_("Conversion") + note, lambda one: one.conversion, width),
    )
    return [
        (title, drawn(title, period.days, [_line(one, period, value, wide) for one in placed], percent=wide > 0))
        for title, value, wide in sorts
    ]


def _line(placed: Placed, period: Period, value: Share, width: int) -> Line:
    now, before = (_values(placed.days, each, value, max(width, 1)) for each in (period, period.before))
    return Line(placed.title, placed.colour, now, before)


def _values(days: Mapping[date, Counts], period: Period, value: Share, width: int) -> list[float | None]:
    """By day, over so many days up to each. Nothing is said of days before the first answer."""
    first = min(days, default=period.first)
    counts = zip(period.days, home.over_days(days, period, width), strict=True)
    return [value(one) if day >= first else None for day, one in counts]


def _table(placed: Sequence[Placed]) -> dict[str, Any]:
    headers = (_("Placement"), _("Lists"), _("Click-through"), _("Conversion"), _("New items"), _("Incomplete"))
    return {"headers": headers, "rows": [_row(one) for one in placed]}


def _row(placed: Placed) -> tuple[str, ...]:
    now, before = placed.now, placed.before
    shares: tuple[Share, ...] = (
        lambda one: one.click_through,
        lambda one: one.conversion,
        lambda one: one.new_share,
        lambda one: one.degraded_share,
    )
    cells = [_cell(percent(share(now)), points(share(now), share(before))) for share in shares]
    return (placed.title, _cell(f"{now.answers:,}", relative(now.answers, before.answers)), *cells)


def _cell(value: str, told: str) -> SafeString:
    """A figure, and below it how it differs from before."""
    return format_html('{}<br><span class="text-xs whitespace-nowrap">{}</span>', value, told or "—")


def _basis(catalog_id: int, period: Period) -> list[Part]:
    """How many of the answers rest on what."""
    now, before = home.by_basis(catalog_id, period)
    whole, whole_before = sum(now.values()), sum(before.values())
    titles = [*((str(value), str(label)) for value, label in AnswerBasis.choices), ("", _("Not recorded"))]
    colours = (*COLOURS[:4], PALE)
    found = []
    for (value, title), colour in zip(titles, colours, strict=True):
        share = now.get(value, 0) / whole if whole else None
        was = before.get(value, 0) / whole_before if whole_before else None
        if value or now.get(value):
            found.append(Part(title, colour, percent(share), f"{100 * (share or 0):.2f}", points(share, was)))
    return found


def _coverage_plot(period: Period, covered: Mapping[date, Coverage]) -> str:
    """Different items shown by day, and the new ones among them."""
    sorts: tuple[tuple[str, str, Callable[[Coverage], int]], ...] = (
        (_("Items shown"), COLOURS[0], lambda one: one.items),
        (_("New items shown"), COLOURS[1], lambda one: one.new_items),
    )
    first = min(covered, default=period.first)
    lines = [
        Line(
            title,
            colour,
            *(
                [float(value(covered.get(day, Coverage()))) if day >= first else None for day in each.days]
                for each in (period, period.before)
            ),
        )
        for title, colour, value in sorts
    ]
    return drawn(_("Different items shown a day, and the new ones among them"), period.days, lines)


def _spaces(spaces: Sequence[attention.SpaceState]) -> list[dict[str, Any]]:
    return [
        {
            "title": str(one.space.configuration),
            "link": change("space", one.space),
            "status": one.space.get_status_display(),
            "encoded": f"{one.space.encoded:,}",
            "total": f"{one.space.total:,}",
            "stale": percent(one.stale.share) if one.stale else "",
        }
        for one in spaces
    ]
