"""What the templates of the wizard show of an import."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.exceptions import FileError
from catalog.models import ImportRun
from catalog.wizard.forms import ColumnsForm
from catalog.wizard.kinds import ImportKind
from catalog.wizard.mapping import Mapping
from catalog.wizard.preview import preview
from catalog.wizard.reading import Reading
from catalog.wizard.uploads import kind_of, sample_of

UPLOAD, MAP, RUN = 1, 2, 3


def steps(current: int) -> list[dict[str, Any]]:
    """The way through the wizard, with where one is."""
    names = ((UPLOAD, _("Upload")), (MAP, _("Map and preview")), (RUN, _("Import")))
    return [{"number": number, "name": name, "is_current": number == current} for number, name in names]


def columns_page(run: ImportRun) -> dict[str, Any]:
    """Step 2: what each column is, and the first rows as they would be read."""
    kind, mapping = kind_of(run), Mapping.of(run.mapping)
    try:
        sample = sample_of(run)
    except FileError as error:
        return {"steps": steps(MAP), "lost": str(error)}
    form = ColumnsForm(kind, Reading.of(run.reading), mapping)
    return {
        "steps": steps(MAP),
        "form": form,
        "columns": list(form.columns(sample)),
        "problems": problems(kind, mapping),
        "preview": preview(kind, mapping, sample, run.catalog_id),
        "map_url": reverse("admin:catalog_importrun_map", args=(run.pk,)),
    }


def run_page(run: ImportRun) -> dict[str, Any]:
    """Step 3: how far it is, or what came of it."""
    return {
        "steps": steps(RUN),
        "is_open": run.status in ImportRun.OPEN,
        "progress_bar": progress_bar(run),
        "counts": counts(run),
        "cancel_url": reverse("admin:catalog_importrun_cancel", args=(run.pk,)),
        "again_url": reverse("admin:catalog_importrun_again", args=(run.pk,)),
        "rejected_url": reverse("admin:catalog_importrun_rejected", args=(run.pk,)) if run.rejected_rows else "",
        "list_url": f"{reverse(f'admin:{kind_of(run).page}_changelist')}?catalog__id__exact={run.catalog_id}",
        "list_name": kind_of(run).label,
        "upload_url": f"{reverse('admin:catalog_importrun_add')}?catalog={run.catalog_id}&kind={run.kind}",
    }


def problems(kind: ImportKind, mapping: Mapping) -> list[str]:
    """Why it cannot be started with this mapping."""
    found = []
    for names in mapping.missing(kind):
        labels = _(" or ").join(f"“{kind.fields[name].label}”" for name in names)
        text = _("No column is %(labels)s, which every row needs: choose one.")
        if set(names) & set(kind.fixed):
            text = _("No column is %(labels)s, which every row needs: choose one, or write one value for all rows.")
        found.append(text % {"labels": labels})
    twice = _("Several columns are “%(label)s”, which is one value: choose one of them.")
    return found + [twice % {"label": kind.fields[name].label} for name in mapping.doubled()]


def counts(run: ImportRun) -> list[tuple[str, str]]:
    """Rows by what became of them."""
    names = {
        "created": _("created"),
        "changed": _("changed"),
        "stored": _("stored"),
        "unchanged": _("unchanged"),
        "replaced": _("replaced by a later row"),
    }
    read = (_("read"), f"{run.read:,}")
    outcomes = [(names.get(name, name), f"{count:,}") for name, count in run.counts.items()]
    return [read, *outcomes, (_("rejected"), f"{run.rejected:,}")]


def progress_bar(run: ImportRun) -> str:
    """A bar with the step."""
    share = round(100 * run.progress)
    title = run.get_status_display().capitalize()
    return render_to_string(
        "unfold/components/progress.html", {"title": title, "value": share, "description": f"{share} %"}
    )
