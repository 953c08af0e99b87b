"""Training runs: start one, watch it, cancel it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.admin_decorators import display
from catalog.admin_pages import Page
from recommender.exceptions import RecommenderError
from recommender.models import ModelVersion, Pipeline, TrainingRun
from recommender.models.training import TrainingRun as TrainingRunModel
from recommender.training import runs, verdicts
from recommender.training.progress import remaining_seconds

Status = TrainingRunModel.Status
COLOURS: dict[str, str] = {
    Status.QUEUED: "info",
    Status.RUNNING: "warning",
    Status.DONE: "success",
    Status.FAILED: "danger",
    Status.CANCELLED: "",
}


class PipelineField(forms.ModelChoiceField[Pipeline]):
    """Pipelines of several catalogs often have the same titles."""

    def label_from_instance(self, obj: Any) -> str:
        """With the catalog."""
        return f"{obj.catalog} · {obj}"


class NewRunForm(forms.ModelForm[TrainingRun]):
    """What to train. Saved by the service, which refuses a second open run of a catalog."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["pipeline"].required = False
        self.fields["pipeline"].help_text = _(
            "Empty: the catalog's learned pipeline, which is made where there is none."
        )
        self.fields["seed"].help_text = _("Decides all chance: the same data and seed give the same model.")

    def clean(self) -> dict[str, Any]:
        """The run is made here, so that a refusal shows in the form."""
        values = super().clean() or self.cleaned_data
        catalog, pipeline = values.get("catalog"), values.get("pipeline")
        if self.errors or catalog is None:
            return values
        if pipeline is not None and pipeline.catalog_id != catalog.pk:
            said = gettext("It belongs to “%(its)s”: choose one of “%(catalog)s”, or none.")
            self.add_error("pipeline", said % {"its": pipeline.catalog, "catalog": catalog})
            return values
        try:
            self.instance = runs.enqueue(catalog, pipeline, values.get("seed") or 0)
        except RecommenderError as error:
            raise forms.ValidationError(str(error)) from error
        return values

    def _post_clean(self) -> None:
        """The row is valid as the service made it."""


@admin.register(TrainingRun)
class TrainingRunAdmin(Page):
    """What is learned when. Workers carry runs out; one catalog has one at a time."""

    change_form_template = "recommender/admin/training_run.html"
    list_display = ("named", "catalog", "state", "progress_bar", "still", "outcome", "queued_at", "took")
    list_filter = ("catalog", "status")
    list_select_related = ("catalog", "pipeline")
    search_fields = ("pipeline__title", "pipeline__slug")
    ordering = ("-id",)
    sortable_by = ()
    add_fieldsets = (
        (
            None,
            {
                "fields": ("catalog", "pipeline", "seed"),
                "description": _(
                    "A worker trains the pipeline. What it learned goes live only if it is better than what "
                    "is live. The page of the run shows how far it is."
                ),
            },
        ),
    )

    @display(description=_("Run"), header=True)
    def named(self, run: TrainingRun) -> tuple[str, str]:
        """What it trains, and its number."""
        return str(run.pipeline), gettext("Run %(number)s") % {"number": run.pk}

    @display(description=_("Status"), label=COLOURS)
    def state(self, run: TrainingRun) -> tuple[str, str]:
        """The status in its colour."""
        return run.status, gettext(run.status)

    @display(description=_("Progress"))
    def progress_bar(self, run: TrainingRun) -> str:
        """A bar with the step, or why it failed."""
        if run.status == Status.FAILED:
            return run.reason[:80]
        share = round(100 * run.progress)
        told = {"title": gettext(run.step.capitalize()) or gettext(run.status), "value": share}
        return render_to_string("unfold/components/progress.html", {**told, "description": f"{share} %"})

    @display(description=_("Still takes"), empty_value="—")
    def still(self, run: TrainingRun) -> str | None:
        """An estimate, while it runs."""
        seconds = remaining_seconds(run, timezone.now())
        return None if seconds is None else gettext("about %(time)s") % {"time": duration(seconds)}

    @display(description=_("Came to"), empty_value="—")
    def outcome(self, run: TrainingRun) -> str | None:
        """The version that it made, with the gate's word."""
        versions = run.versions.all()
        return f"v{versions[0].number}, {verdicts.headline(versions[0])}" if versions else None

    @display(description=_("Took"), empty_value="—")
    def took(self, run: TrainingRun) -> str | None:
        """From its start to its end."""
        if run.started_at is None or run.finished_at is None:
            return None
        return duration((run.finished_at - run.started_at).total_seconds())

    def get_queryset(self, request: HttpRequest) -> QuerySet[TrainingRun]:
        """With the versions, in one more query."""
        queryset: QuerySet[TrainingRun] = super().get_queryset(request)
        return queryset.prefetch_related("versions")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Pipelines are shown with their catalog."""
        if db_field.name == "pipeline":
            queryset = Pipeline.objects.select_related("catalog").order_by("catalog__name", "title")
            options |= {"queryset": queryset, "form_class": PipelineField}
        return super().formfield_for_foreignkey(db_field, request, **options)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """Only a new one is written by hand."""
        if obj is None:
            options["form"] = NewRunForm
        return super().get_form(request, obj, change=change, **options)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Of a new one; the page of an existing one has no form."""
        return self.add_fieldsets if obj is None else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What happened stays as it is; cancelling has a permission of its own."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A run is the history of its versions."""
        return False

    def has_cancel_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those whose role may change runs, in the catalog of the run."""
        return self.may(request, "change", obj)

    def save_form(self, request: HttpRequest, form: Any, change: Any) -> Any:
        """The form's own check has made the run."""
        return form.instance

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Told to the workers."""
        runs.send(obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Nothing hangs on it."""

    def response_add(
        self, request: HttpRequest, obj: TrainingRun, post_url_continue: str | None = None
    ) -> HttpResponse:
        """To its page."""
        said = gettext("Run %(number)s of “%(pipeline)s” waits for a worker.")
        messages.success(request, said % {"number": obj.pk, "pipeline": obj.pipeline})
        return HttpResponseRedirect(_address(obj.pk))

    def get_urls(self) -> list[URLPattern]:
        """With the one that cancels."""
        view = self.admin_site.admin_view(self.cancel_view)
        return [path("<int:pk>/cancel/", view, name="recommender_trainingrun_cancel"), *super().get_urls()]

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask the run to stop. POST only."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        run = self.get_queryset(request).select_related("pipeline").filter(pk=pk).first()
        if run is not None and not self.has_cancel_permission(request, run):
            raise PermissionDenied
        if run is None:
            said = gettext("There is no training run %(number)s: its pipeline was deleted.")
            messages.error(request, said % {"number": pk})
            return HttpResponseRedirect(reverse("admin:recommender_trainingrun_changelist"))
        if run.status not in TrainingRunModel.OPEN:
            said = gettext("Run %(number)s had ended already: %(status)s.")
            messages.info(request, said % {"number": run.pk, "status": gettext(run.status)})
            return HttpResponseRedirect(_address(pk))
        runs.cancel(run)
        self.log_change(request, run, "Cancelled.")
        stopped = gettext("Run %(number)s is cancelled. What was live stays live.")
        stops = gettext("Run %(number)s stops at its next step. What was live stays live.")
        messages.success(request, (stopped if run.status == Status.CANCELLED else stops) % {"number": run.pk})
        return HttpResponseRedirect(_address(pk))

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        """With how far it is."""
        run = options.get("obj")
        if run is None:
            context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        else:
            context |= self._page(request, run)
        return super().render_change_form(request, context, *arguments, **options)

    def _page(self, request: HttpRequest, run: TrainingRun) -> dict[str, Any]:
        is_open = run.status in TrainingRunModel.OPEN
        version = ModelVersion.objects.select_related("pipeline").filter(run=run).first()
        facts = [
            (gettext("Catalog"), run.catalog),
            (gettext("Seed"), run.seed),
            (gettext("Queued"), run.queued_at),
            (gettext("Started"), run.started_at),
            (gettext("Ended"), run.finished_at),
            (gettext("Took"), self.took(run)),
            (gettext("Attempts"), run.attempts),
        ]
        return {
            "run": run,
            "progress_bar": self.progress_bar(run),
            "still": self.still(run),
            "is_open": is_open,
            "may_cancel": is_open and self.has_cancel_permission(request, run) and not run.cancel_requested,
            "cancel_url": reverse("admin:recommender_trainingrun_cancel", args=(run.pk,)),
            "facts": [(name, "—" if value is None else value) for name, value in facts],
            "version": version,
            "verdict": version and verdicts.headline(version),
            "version_url": version and reverse("admin:recommender_modelversion_change", args=(version.pk,)),
        }


def duration(seconds: float) -> str:
    """In the unit that one would say."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"


def _address(pk: int) -> str:
    return reverse("admin:recommender_trainingrun_change", args=(pk,))
