"""What the page of a space shows: how far it is, how much of it is stale, and what it has to do with the others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from recommender.models import Configuration, Pipeline, Space
from recommender.models.configuration import PluginKind
from recommender.models.vectors import Space as SpaceModel
from recommender.selectors.staleness import Staleness, staleness
from recommender.services.encoder_switch import pipelines_with

Status = SpaceModel.Status
OPEN = (Status.BUILDING, Status.LIVE)
COLOURS: dict[str, str] = {
    Status.BUILDING: "warning",
    Status.LIVE: "success",
    Status.RETIRED: "info",
    Status.TRAINED: "primary",
}
WORDS: dict[str, Any] = {
    Status.BUILDING: gettext_lazy("building"),
    Status.LIVE: gettext_lazy("live"),
    Status.RETIRED: gettext_lazy("retired"),
    Status.TRAINED: gettext_lazy("trained"),
}


def page(space: Space) -> dict[str, Any]:
    """Everything that the template shows."""
    now = timezone.now()
    others = Space.objects.filter(catalog_id=space.catalog_id).exclude(status=Status.TRAINED).defer("whitening")
    return {
        "space": space,
        "status": label(space),
        "progress": progress(space),
        "still": still(space, now),
        "facts": _facts(space),
        "stale": _stale(staleness(space)) if space.status in OPEN else None,
        "pipelines": [(one, _address("pipeline", one)) for one in pipelines_with(space.configuration)],
        "others": _table(others.select_related("configuration").order_by("-pk")[:20]),
        "encoders": encoders(space.configuration) if space.status in OPEN else Configuration.objects.none(),
    }


def label(space: Space) -> str:
    """The status in its colour."""
    return render_to_string(
        "unfold/helpers/label.html", {"variant": COLOURS[space.status], "text": WORDS[space.status]}
    )


def progress(space: Space) -> str:
    """Items encoded of all, as a bar."""
    share = round(100 * space.encoded / space.total) if space.total else 0
    counts = {"encoded": f"{space.encoded:,}", "total": f"{space.total:,}"}
    title = _("%(encoded)s of %(total)s items") % counts
    return render_to_string(
        "unfold/components/progress.html", {"title": title, "description": f"{share} %", "value": share}
    )


def still(space: Space, now: datetime) -> str:
    """How long it still takes at the pace so far; empty where that says nothing."""
    took = (now - space.created_at).total_seconds()
    if space.status != Status.BUILDING or not space.encoded or took < 1:
        return ""
    minutes = max(1, round((space.total - space.encoded) * took / space.encoded / 60))
    return ngettext("about %(count)s minute", "about %(count)s minutes", minutes) % {"count": f"{minutes:,}"}


def _facts(space: Space) -> list[tuple[str, Any]]:
    moments = (
        (_("Made"), space.created_at),
        (_("Live since"), space.live_at),
        (_("Retired"), space.retired_at),
        (_("Whitening fitted"), space.fitted_at),
    )
    facts = [(_("Plugin"), space.plugin or space.configuration.plugin), (_("Dimensions"), f"{space.dimension:,}")]
    facts += [
        (name, str(value)) for name, value in space.settings.items() if name != "dimension" and value not in ("", None)
    ]
    return facts + [(name, date_format(at, "DATETIME_FORMAT")) for name, at in moments if at]


def _stale(found: Staleness) -> dict[str, Any]:
    percent = 100 * found.share
    return {
        "found": found,
        "percent": f"{percent:.1f} %" if percent and percent < 10 else f"{percent:.0f} %",
        "bar": max(1, round(percent)) if percent else 0,
        "items": f"{found.items:,}",
        "missing": f"{found.missing:,}",
        "outdated": f"{found.outdated:,}",
        "looked_at": f"{found.looked_at:,}",
    }


def _table(spaces: QuerySet[Space]) -> dict[str, Any]:
    rows = [
        (
            render_to_string(
                "recommender/admin/link.html", {"link": _address("space", one), "text": one.configuration.title}
            ),
            label(one),
            f"{one.encoded:,} / {one.total:,}",
            date_format(one.live_at, "SHORT_DATE_FORMAT") if one.live_at else "—",
        )
        for one in spaces
    ]
    return {"headers": (_("Encoder"), _("Status"), _("Encoded"), _("Live since")), "rows": rows}


def encoders(current: Configuration) -> QuerySet[Configuration]:
    """What one may switch to."""
    found = Configuration.objects.filter(catalog_id=current.catalog_id, kind=PluginKind.ENCODER)
    return found.exclude(pk=current.pk).order_by("title")


def _address(model: str, row: Space | Pipeline) -> str:
    return reverse(f"admin:recommender_{model}_change", args=(row.pk,))
