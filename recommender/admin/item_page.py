"""What the page of an item shows of it: picture and text, and the three panels below."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.admin_pictures import LARGE, address, picture
from catalog.models import Item
from recommender.models import Pipeline, Placement
from recommender.selectors.item_exposure import ItemExposure, Shown, Where, item_exposure
from recommender.selectors.item_neighbourhood import Near, chosen_together, near_by_meaning


def page(item: Item) -> dict[str, Any]:
    """Everything that the template shows."""
    space, near = near_by_meaning(item)
    exposure = item_exposure(item, timezone.now())
    return {
        "item": item,
        "picture": picture(item.image_url, item.url, LARGE),
        "has_picture": bool(address(item.image_url, item.url)),
        "categories": _filters("category", item.categories),
        "tags": _filters("tag", item.tags),
        "facts": [(str(name), str(value)) for name, value in _facts(item)],
        "space": space,
        "near": [_near(one, f"{one.measure:.2f}") for one in near],
        "together": [_near(one, f"{one.measure:.0%}") for one in chosen_together(item)],
        "exposure": exposure,
        "how_often": _how_often(exposure),
        "where": _where(exposure.where),
    }


def _filters(name: str, labels: Iterable[str]) -> list[tuple[str, str]]:
    """Each label with the address of the list of all that have it."""
    items = reverse("admin:catalog_item_changelist")
    return [(label, f"{items}?{urlencode({name: label})}") for label in labels]


def _facts(item: Item) -> Iterable[tuple[str, Any]]:
    """What there is of these."""
    yield _("Id"), item.external_id
    if item.price is not None:
        yield _("Price"), f"{item.price:,.2f}"
    if item.language:
        yield _("Language"), item.language
    for name, value in item.attributes.items():
        yield name, ", ".join(map(str, value)) if isinstance(value, list) else value


def _near(near: Near, measure: str) -> dict[str, Any]:
    return {
        "title": near.item.title,
        "available": near.item.available,
        "picture": picture(near.item.image_url, near.item.url),
        "link": reverse("admin:catalog_item_change", args=(near.item.pk,)),
        "measure": measure,
    }


def _how_often(exposure: ItemExposure) -> dict[str, Any]:
    rows = [(_("7 days"), *_cells(exposure.week)), (_("30 days"), *_cells(exposure.month))]
    return {"headers": (_("Last"), _("Shown"), _("Mean place"), _("Chosen")), "rows": rows}


def _where(where: dict[Where, Shown]) -> dict[str, Any]:
    placements = dict(
        Placement.objects.filter(pk__in={one for one, _pipeline in where if one}).values_list("pk", "title")
    )
    pipelines = dict(Pipeline.objects.filter(pk__in={one for _placement, one in where}).values_list("pk", "title"))
    rows = [
        (_place(placements.get(placement or 0), pipelines.get(pipeline), placement), *_cells(shown))
        for (placement, pipeline), shown in where.items()
    ]
    return {"headers": (_("Where"), _("Shown"), _("Mean place"), _("Chosen")), "rows": rows}


def _place(placement: str | None, pipeline: str | None, placement_id: int | None) -> str:
    by = pipeline or _("a pipeline that was deleted")
    if placement_id is None:
        return by
    return f"{placement or _('a placement that was deleted')} · {by}"


def _cells(shown: Shown) -> tuple[str, str, str]:
    place = "—" if shown.mean_place is None else f"{shown.mean_place:.1f}"
    chosen = f"{shown.chosen:,}" if shown.rate is None else f"{shown.chosen:,} ({shown.rate:.1%})"
    return f"{shown.answers:,}", place, chosen
