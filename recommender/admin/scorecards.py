"""Scorecards: ask for one, watch it being made, read it, compare it with another."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectMultipleWidget, UnfoldAdminTextInputWidget

from catalog.admin_decorators import display
from catalog.admin_pages import Page
from recommender.admin.scorecard_page import comparison, page
from recommender.models import Pipeline, Scorecard
from recommender.models.scorecard import Scorecard as ScorecardModel
from recommender.services.scorecards import order, send
from recommender.training.exam import MOST_QUESTIONS

MOST_TO_COMPARE = 50


class NewScorecardForm(forms.ModelForm[Scorecard]):
    """Which pipeline to measure, beside what, and how thoroughly."""

    others = forms.ModelMultipleChoiceField(
        Pipeline.objects.select_related("catalog"),
        required=False,
        widget=UnfoldAdminSelectMultipleWidget,
        label=_("Beside it"),
        help_text=_("More pipelines of the catalog. Popularity and the untrained default are always there."),
    )
    attributes = forms.CharField(
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        label=_("Attributes"),
        help_text=_("Profile attributes whose groups are compared, with commas between them. No other one is read."),
    )
    questions = forms.IntegerField(
        min_value=10,
        max_value=1_500,
        initial=MOST_QUESTIONS,
        widget=UnfoldAdminIntegerFieldWidget,
        label=_("Questions"),
        help_text=_("At most so many in each segment: more take longer and make the intervals narrower."),
    )

    def clean(self) -> dict[str, Any]:
        """Everything belongs to the pipeline's catalog."""
        values = super().clean() or self.cleaned_data
        pipeline, version = values.get("pipeline"), values.get("model_version")
        if pipeline is None:
            return values
        if version and version.pipeline_id != pipeline.pk:
            said = gettext("It belongs to “%(its)s”: choose a version of “%(pipeline)s”.")
            self.add_error("model_version", said % {"its": version.pipeline, "pipeline": pipeline})
        strangers = [f"“{one}”" for one in values.get("others") or () if one.catalog_id != pipeline.catalog_id]
        if strangers:
            said = gettext("Of another catalog: %(names)s. Choose those of %(catalog)s.")
            self.add_error("others", said % {"names": ", ".join(strangers), "catalog": pipeline.catalog})
        return values


@admin.register(Scorecard)
class ScorecardAdmin(Page):
    """How good pipelines are on their catalogs' own held-out events."""

    change_form_template = "recommender/admin/scorecard.html"
    list_display = ("named", "catalog", "state", "making", "ndcg", "over_untrained", "created_at")
    list_filter = ("catalog", "status")
    list_select_related = ("catalog", "pipeline", "model_version__pipeline")
    search_fields = ("pipeline__title", "pipeline__slug")
    ordering = ("-id",)
    sortable_by = ()
    add_fieldsets = (
        (
            None,
            {
                "fields": ("pipeline", "model_version", "others", "attributes", "questions"),
                "description": _(
                    "A part of the events is held out, everything is fitted on the rest, and the held-out "
                    "part is asked about. A worker does it; this page shows how far it is."
                ),
            },
        ),
    )

    @display(description=_("Scorecard"), header=True)
    def named(self, scorecard: Scorecard) -> tuple[str, str]:
        """Of what, and its number."""
        return str(scorecard.model_version or scorecard.pipeline), gettext("Scorecard %(number)s") % {
            "number": scorecard.pk
        }

    @display(
        description=_("Status"),
        label={
            ScorecardModel.Status.QUEUED: "info",
            ScorecardModel.Status.RUNNING: "warning",
            ScorecardModel.Status.DONE: "success",
            ScorecardModel.Status.FAILED: "danger",
        },
    )
    def state(self, scorecard: Scorecard) -> tuple[str, str]:
        """The status in its colour."""
        return scorecard.status, gettext(scorecard.status)

    @display(description=_("Progress"))
    def making(self, scorecard: Scorecard) -> str:
        """A bar with the step, or why it failed."""
        if scorecard.status == ScorecardModel.Status.FAILED:
            return scorecard.reason[:80]
        share = round(100 * scorecard.progress)
        told = {
            "title": gettext(scorecard.step.capitalize()) if scorecard.step else gettext("Made"),
            "description": f"{share} %",
            "value": share,
        }
        return render_to_string("unfold/components/progress.html", told)

    @display(description=_("NDCG@20"), empty_value="—")
    def ndcg(self, scorecard: Scorecard) -> str | None:
        """The mean over the segments."""
        value = getattr(scorecard, "ours", None)
        return f"{float(value):.4f}" if value else None

    @display(description=_("Over untrained"), empty_value="—")
    def over_untrained(self, scorecard: Scorecard) -> str | None:
        """As a ratio."""
        value = getattr(scorecard, "ratio", None)
        return f"× {float(value):.3f}" if value else None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scorecard]:
        """In a list only two of the many figures."""
        queryset: QuerySet[Scorecard] = super().get_queryset(request)
        total = "figures__comparisons__untrained__total__"
        return queryset.defer("figures").annotate(ours=KT(f"{total}ours"), ratio=KT(f"{total}ratio"))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """Only a new one is written by hand."""
        if obj is None:
            options["form"] = NewScorecardForm
        return super().get_form(request, obj, change=change, **options)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Of a new one; the page of an existing one has no form."""
        return self.add_fieldsets if obj is None else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was measured stays as it is."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Ordered by the service, made by a worker."""
        given = form.cleaned_data
        named = [one.strip() for one in given["attributes"].split(",")]
        made = order(
            given["pipeline"],
            given["model_version"],
            others=[one.slug for one in given["others"]],
            attributes=[one for one in named if one],
            questions=given["questions"],
        )
        send(made)
        obj.pk = made.pk

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Nothing hangs on it."""

    def response_add(self, request: HttpRequest, obj: Scorecard, post_url_continue: str | None = None) -> HttpResponse:
        """To its page."""
        said = gettext("Scorecard %(number)s waits for a worker. Load its page again to see how far it is.")
        messages.success(request, said % {"number": obj.pk})
        return HttpResponseRedirect(reverse("admin:recommender_scorecard_change", args=(obj.pk,)))

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        """With the plots and tables."""
        scorecard = options.get("obj")
        if scorecard is None:
            context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        else:
            context |= self._page(request, scorecard)
        return super().render_change_form(request, context, *arguments, **options)

    def _page(self, request: HttpRequest, scorecard: Scorecard) -> dict[str, Any]:
        told: dict[str, Any] = {"scorecard": scorecard, "progress_bar": self.making(scorecard)}
        if scorecard.status != ScorecardModel.Status.DONE:
            return told
        others = self._others(scorecard)
        chosen = request.GET.get("with", "")
        other = next((one for one in others if str(one.pk) == chosen), None)
        told |= {"page": page(scorecard.figures), "others": others, "other": other}
        if other is not None:
            titles = (f"{self.named(scorecard)[0]} ({scorecard.pk})", f"{self.named(other)[0]} ({other.pk})")
            told["comparison"] = comparison(scorecard.figures, other.figures, titles)
        return told

    def _others(self, scorecard: Scorecard) -> list[Scorecard]:
        """The newest ones of the catalog that this one can be compared with."""
        done = Scorecard.objects.filter(catalog=scorecard.catalog_id, status=ScorecardModel.Status.DONE)
        found = done.exclude(pk=scorecard.pk).select_related("pipeline", "model_version__pipeline").defer("figures")
        return list(found[:MOST_TO_COMPARE])
