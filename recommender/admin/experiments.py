"""Experiments: compare pipelines on a placement, see which is better, promote it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.forms import PaginationInlineFormSet

from catalog.admin_decorators import display
from catalog.admin_pages import Page
from recommender.admin.drafts import author
from recommender.admin.experiment_page import page
from recommender.exceptions import ExperimentRefusedError
from recommender.models import Arm, Experiment, Pipeline, Placement
from recommender.selectors.experiments import rules_for_arms, unpacked
from recommender.services import experiments
from recommender.training.experiment_results import arm_results

Status = experiments.Status


class ArmFormSet(PaginationInlineFormSet):
    """The arms of one experiment; their pipelines are those of its catalog."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        found = Pipeline.objects.filter(catalog=self.instance.catalog_id).order_by("title")
        self.pipelines = [("", gettext("Choose a pipeline")), *((one.pk, str(one)) for one in found)]

    def add_fields(self, form: Any, index: int | None) -> None:
        """Choices are read once for all rows."""
        super().add_fields(form, index)
        field = form.fields["pipeline"]
        field.widget = getattr(field.widget, "widget", field.widget)  # without the menu that opens pop-up windows
        field.queryset = Pipeline.objects.filter(catalog=self.instance.catalog_id)
        field.choices = self.pipelines


class ArmInline(TabularInline):
    """The arms; the others are compared with the first."""

    model = Arm
    formset = ArmFormSet
    extra = 1
    hide_title = True
    verbose_name_plural = _("arms: the others are compared with the first")
    fields = ("name", "pipeline", "share")


class PlacementField(forms.ModelChoiceField[Placement]):
    """Placements of several catalogs often have the same titles."""

    def label_from_instance(self, obj: Any) -> str:
        """With the catalog."""
        return f"{obj.catalog} · {obj}"


class ExperimentForm(forms.ModelForm[Experiment]):
    """An experiment without its arms; its catalog is that of the placement."""

    def clean(self) -> dict[str, Any]:
        """The slug is unique in the catalog, which the form does not ask for."""
        values = super().clean() or self.cleaned_data
        placement, slug = values.get("placement"), values.get("slug")
        if placement and Experiment.objects.filter(catalog=placement.catalog_id, slug=slug).exists():
            self.add_error("slug", gettext("The catalog has an experiment of that name: choose another."))
        return values


@admin.register(Experiment)
class ExperimentAdmin(Page):
    """A draft is a form; what was started is its results, with what can be done about them."""

    form = ExperimentForm
    change_form_template = "recommender/admin/experiment.html"
    inlines = (ArmInline,)
    list_display = ("named", "catalog", "placement", "state", "says", "started_at")
    list_filter = ("catalog", "status")
    list_select_related = ("catalog", "placement")
    search_fields = ("title", "slug")
    ordering = ("-id",)
    sortable_by = ()
    fixed_once_added = ("placement", "slug")
    fieldsets = ((None, {"fields": ("placement", "title", "slug")}),)
    add_fieldsets = (
        (
            _("Step 1 of 2: where, and a name"),
            {
                "fields": ("placement", "title", "slug"),
                "description": _(
                    "Each arm is a pipeline and answers its share of the people who come to the placement. A person "
                    "always meets the same arm."
                ),
            },
        ),
    )

    @display(description=_("Experiment"), header=True)
    def named(self, experiment: Experiment) -> tuple[str, str]:
        """Title and slug."""
        return str(experiment), experiment.slug

    @display(
        description=_("Status"), label={Status.DRAFT: "info", Status.RUNNING: "success", Status.STOPPED: "warning"}
    )
    def state(self, experiment: Experiment) -> tuple[str, str]:
        """The status in its colour."""
        return experiment.status, experiment.get_status_display()

    @display(description=_("What it says"), empty_value="—")
    def says(self, experiment: Experiment) -> str | None:
        """The outcome, or what could be said when it was counted last."""
        if experiment.outcome or experiment.status == Status.DRAFT:
            return experiment.outcome or None
        results = arm_results(list(experiment.arms.all()), unpacked(experiment.figures.get("arms", {})))
        return " ".join(one.words for one in results if one.words)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Experiment]:
        """With the arms and their pipelines, in two more queries."""
        queryset: QuerySet[Experiment] = super().get_queryset(request)
        return queryset.prefetch_related("arms__pipeline")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The arms come in the second step, when the catalog is known."""
        return self.fieldsets if obj else self.add_fieldsets

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """The same."""
        return self.inlines if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Sequence[str]]:
        """The slug follows the title while an experiment is made."""
        return {} if obj else {"slug": ("title",)}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Placements are shown with their catalog."""
        if db_field.name == "placement":
            queryset = Placement.objects.select_related("catalog").order_by("catalog__name", "title")
            options |= {"queryset": queryset, "form_class": PlacementField}
        return super().formfield_for_foreignkey(db_field, request, **options)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was started stays as it is; to steer it has a permission of its own."""
        return super().has_change_permission(request, obj) and (obj is None or obj.status == Status.DRAFT)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What runs is stopped first."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.status != Status.RUNNING)

    def has_steer_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change experiments, in the catalog of this one."""
        return self.may(request, "change", obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """A new one starts with the arm that answers today; a changed one is saved with its arms, below."""
        if change:
            return
        obj.catalog_id = obj.placement.catalog_id
        default = Pipeline.objects.filter(catalog=obj.catalog_id, is_default=True).first()
        today = obj.placement.pipeline or default
        experiments.save_experiment(obj, [Arm(name="A", pipeline=today)] if today else [], author=author(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """The experiment and its arms in one."""
        arms = formsets[0] if formsets else None
        changed = arms.save(commit=False) if arms else []
        if change:
            experiments.save_experiment(form.instance, changed, arms.deleted_objects if arms else [])

    def response_add(self, request: HttpRequest, obj: Experiment, post_url_continue: str | None = None) -> HttpResponse:
        """On to the arms."""
        text = gettext("“%(experiment)s” is made. Step 2 of 2: add an arm for each pipeline to try, save, and start.")
        messages.success(request, text % {"experiment": obj})
        return HttpResponseRedirect(_address(obj.pk))

    def response_change(self, request: HttpRequest, obj: Experiment) -> HttpResponse:
        """Back to its own page: the next step is there."""
        messages.success(request, gettext("Saved."))
        return HttpResponseRedirect(_address(obj.pk))

    def get_urls(self) -> list[URLPattern]:
        """With those that steer."""
        own = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"recommender_experiment_{name}")
            for name, view in (("start", self.start_view), ("stop", self.stop_view), ("promote", self.promote_view))
        ]
        return [*own, *super().get_urls()]

    def start_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let it answer. POST only, as the others."""
        done = gettext("“%(experiment)s” runs from now on.")
        return self._steer(request, pk, experiments.start, done)

    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End it."""
        done = gettext("“%(experiment)s” is stopped: the placement's own pipeline answers everybody.")
        return self._steer(request, pk, experiments.stop, done)

    def promote_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make an arm's pipeline the placement's own."""
        arm = request.POST.get("arm", "")
        done = gettext("“%(experiment)s”: %(outcome)s")
        return self._steer(request, pk, lambda one: experiments.promote(one, arm, author(request)), done)

    def _steer(self, request: HttpRequest, pk: int, act: Callable[[Experiment], Experiment], done: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        experiment = self.get_queryset(request).filter(pk=pk).first()
        if experiment is None:
            messages.error(request, gettext("There is no such experiment (any more)."))
            return HttpResponseRedirect(reverse("admin:recommender_experiment_changelist"))
        if not self.has_steer_permission(request, experiment):
            raise PermissionDenied
        try:
            experiment = act(experiment)
        except ExperimentRefusedError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(_address(pk))
        told = done % {"experiment": experiment, "outcome": experiment.outcome}
        self.log_change(request, experiment, told)
        messages.success(request, told)
        return HttpResponseRedirect(_address(pk))

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        """With what came of it, or what is in the way of its start."""
        experiment = options.get("obj")
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        if experiment is not None:
            context |= {"experiment": experiment, "may_steer": self.has_steer_permission(request, experiment)}
            drafted = experiment.status == Status.DRAFT
            context |= {"obstacles": experiments.obstacles(experiment)} if drafted else self._results(experiment)
        return super().render_change_form(request, context, *arguments, **options)

    def _results(self, experiment: Experiment) -> dict[str, Any]:
        titles = {arm.pipeline.slug: str(arm.pipeline) for arm in experiment.arms.all()}
        return {
            "page": page(experiments.results(experiment), titles),
            "runs": experiment.status == Status.RUNNING,
            "rules": rules_for_arms(experiment),
        }


def _address(pk: int) -> str:
    return reverse("admin:recommender_experiment_change", args=(pk,))
