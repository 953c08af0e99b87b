"""The import wizard in the admin: upload, map and preview, run, download what was rejected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin_decorators import display
from catalog.admin_pages import ServiceDeletedPage
from catalog.exceptions import CatalogError
from catalog.models import ImportRun
from catalog.models import ImportRun as ImportRunModel
from catalog.wizard import pages, runs, uploads
from catalog.wizard.forms import ColumnsForm, UploadForm
from catalog.wizard.mapping import Mapping
from catalog.wizard.reading import Reading

Status = ImportRunModel.Status
COLOURS: dict[str, str] = {
    Status.UPLOADED: "",
    Status.QUEUED: "info",
    Status.RUNNING: "warning",
    Status.DONE: "success",
    Status.FAILED: "danger",
    Status.CANCELLED: "",
}


@admin.register(ImportRun)
class ImportRunAdmin(ServiceDeletedPage):
    """Uploads, what is to become of them, and what became of them."""

    change_form_template = "catalog/admin/import_run.html"
    list_display = ("named", "catalog", "kind", "state", "outcome", "uploaded_by", "uploaded_at")
    list_filter = ("catalog", "kind", "status")
    list_select_related = ("catalog", "uploaded_by")
    search_fields = ("original_name",)
    ordering = ("-id",)
    sortable_by = ()
    warn_unsaved_form = False
    add_fieldsets: Any = (
        (
            None,
            {
                "fields": ("catalog", "kind", "file"),
                "description": gettext_lazy(
                    "A CSV, JSONL or Excel file whose first line names its columns. Nothing is imported yet: the next "
                    "page shows how its columns are understood and what the first rows become."
                ),
            },
        ),
    )

    @display(description=gettext_lazy("File"), header=True)
    def named(self, run: ImportRun) -> tuple[str, str]:
        """The file, and the number of the import."""
        return run.original_name, _("Import %(number)s") % {"number": run.pk}

    @display(description=gettext_lazy("Status"), label=COLOURS)
    def state(self, run: ImportRun) -> tuple[str, str]:
        """The status in its colour."""
        return run.status, run.get_status_display()

    @display(description=gettext_lazy("Came to"), empty_value="—")
    def outcome(self, run: ImportRun) -> str | None:
        """How far it is, or how many rows were written and rejected."""
        if run.status == Status.RUNNING:
            return f"{run.progress:.0%}"
        if run.status == Status.FAILED:
            return run.message[:80]
        if run.status == Status.DONE:
            told = {"written": f"{run.written:,}", "rejected": f"{run.rejected:,}"}
            return _("%(written)s written, %(rejected)s rejected") % told
        return None

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """Only an upload is written by hand."""
        if obj is None:
            options["form"] = UploadForm
        return super().get_form(request, obj, change=change, **options)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Of an upload; the page of an existing one has forms of its own."""
        return self.add_fieldsets if obj is None else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What happened stays as it is; the views below ask for the role themselves."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """With its files, unless it is being read."""
        if obj is not None and obj.status in ImportRunModel.OPEN:
            return False
        return super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: ImportRun) -> None:
        """With its files; what was imported stays."""
        uploads.delete_runs([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ImportRun]) -> None:
        """The same for those that were ticked and are not being read."""
        uploads.delete_runs(queryset.exclude(status__in=ImportRunModel.OPEN))

    def save_form(self, request: HttpRequest, form: Any, change: Any) -> Any:
        """The row is made by the service."""
        return form.instance

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Kept with its sample and a guessed mapping."""
        given = form.cleaned_data
        made = uploads.keep(
            given["catalog"], given["kind"], given["file"].name, given["file"], form.looked_at, request.user
        )
        obj.pk, obj.original_name = made.pk, made.original_name

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Nothing hangs on it."""

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """To its columns."""
        return HttpResponseRedirect(_address(obj.pk))

    def get_urls(self) -> list[URLPattern]:
        """With those that map, start, cancel and download."""
        names = ("map", "cancel", "again", "rejected")
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(getattr(self, f"{name}_view")),
                name=f"catalog_importrun_{name}",
            )
            for name in names
        ]
        return [*own, *super().get_urls()]

    def map_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep what each column is; start, if that was asked for. POST only."""
        run = self._for_writing(request, pk)
        if isinstance(run, HttpResponse):
            return run
        form = ColumnsForm(uploads.kind_of(run), Reading.of(run.reading), Mapping.of(run.mapping), request.POST)
        if run.status not in ImportRunModel.OPEN:
            uploads.map_columns(run, form.chosen_mapping())
            self._read_as(request, run, form.chosen_reading())
        if "start" not in request.POST:
            return HttpResponseRedirect(f"{_address(pk)}?map=1")
        if pages.problems(uploads.kind_of(run), Mapping.of(run.mapping)):
            messages.error(request, _("Nothing was started: see below what is missing."))
            return HttpResponseRedirect(f"{_address(pk)}?map=1")
        return self._started(request, run)

    def again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Run it once more. POST only."""
        run = self._for_writing(request, pk)
        return run if isinstance(run, HttpResponse) else self._started(request, run)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask the run to stop. POST only."""
        run = self._for_writing(request, pk)
        if isinstance(run, HttpResponse):
            return run
        if run.status not in ImportRunModel.OPEN:
            messages.info(request, _("It had ended already."))
        else:
            runs.cancel(run)
            self.log_change(request, run, "Cancelled.")
            messages.success(request, _("It stops. What was read until now stays."))
        return HttpResponseRedirect(_address(pk))

    def rejected_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Download the rejected rows."""
        run = self.get_object(request, str(pk))
        if run is None or not run.rejected_rows:
            return self._gone(request)
        try:
            stored = run.rejected_rows.open("rb")
        except OSError:
            return self._gone(request)
        name = f"rejected-{Path(run.original_name).stem}.csv"
        return FileResponse(stored, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        """With the step that it is at."""
        run = options.get("obj")
        if run is None:
            context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
            context |= {"steps": pages.steps(pages.UPLOAD), "show_save": True}
        else:
            context |= {"run": run, "may_change": self.may(request, "change", run)}
            again = "map" in request.GET and run.status not in ImportRunModel.OPEN
            is_mapped = again or run.status == Status.UPLOADED
            context |= pages.columns_page(run) if is_mapped else pages.run_page(run)
        return super().render_change_form(request, context, *arguments, **options)

    def _for_writing(self, request: HttpRequest, pk: int) -> ImportRun | HttpResponse:
        """The import, for those who may change it; else where to go instead."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        run: ImportRun | None = self.get_object(request, str(pk))
        if run is None:
            return self._gone(request)
        if not self.may(request, "change", run):
            raise PermissionDenied
        return run

    def _read_as(self, request: HttpRequest, run: ImportRun, reading: Reading) -> None:
        if reading == Reading.of(run.reading):
            return
        try:
            uploads.read_as(run, reading)
        except (CatalogError, OSError) as error:
            messages.error(request, str(error))

    def _started(self, request: HttpRequest, run: ImportRun) -> HttpResponse:
        try:
            if runs.start(run):
                self.log_change(request, run, "Started.")
        except CatalogError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(_address(run.pk))

    def _gone(self, request: HttpRequest) -> HttpResponse:
        messages.error(request, _("There is no such file: it was deleted, or there were no rejected rows."))
        return HttpResponseRedirect(reverse("admin:catalog_importrun_changelist"))


def _address(pk: int) -> str:
    return reverse("admin:catalog_importrun_change", args=(pk,))
