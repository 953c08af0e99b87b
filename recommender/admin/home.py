"""The admin's first page: which catalog and how many days, and the figures of it above the groups of pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Catalog
from catalog.reach import visible_catalogs
from recommender.admin import home_page
from recommender.selectors.home import busiest

PERIODS = {7: _("7 days"), 28: _("28 days"), 90: _("90 days"), 365: _("A year")}
USUAL_DAYS = 28


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of the first page with the figures of one of the person's catalogs, if there is any."""
    catalogs = list(visible_catalogs(request))
    catalog = _chosen(catalogs, request.GET.get("catalog", ""))
    if catalog is None:
        return context
    days = _days(request.GET.get("days", ""))
    periods = [{"days": one, "title": title, "is_chosen": one == days} for one, title in PERIODS.items()]
    chooser = {"catalogs": catalogs, "catalog": catalog, "periods": periods, "days": days}
    return {**context, "home": {**chooser, **home_page.page(catalog, days)}}


def _chosen(catalogs: Sequence[Catalog], slug: str) -> Catalog | None:
    """The catalog that was asked for, else the one that answered most of late."""
    by_id = {one.pk: one for one in catalogs}
    named = next((one for one in catalogs if one.slug == slug), None)
    if named is not None or len(catalogs) < 2:
        return named or next(iter(catalogs), None)
    since = timezone.localdate() - timedelta(days=USUAL_DAYS)
    return by_id.get(busiest(by_id, since) or 0, catalogs[0])


def _days(asked: str) -> int:
    return next((one for one in PERIODS if str(one) == asked), USUAL_DAYS)
