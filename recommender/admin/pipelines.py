"""Pipelines: which configurations run, in what order. What is saved here is a draft (`drafts.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Case, Count, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from catalog.admin_decorators import display
from recommender.admin.configuration_rows import ConfigurationFormSet
from recommender.admin.configurations import kind_label
from recommender.admin.drafts import DraftPage, author
from recommender.models import Arm, Pipeline, Placement, Stage
from recommender.models.configuration import PluginKind
from recommender.selectors.drafts import draft_differs, with_states
from recommender.services.pipelines import copy_stages, problems, save_pipeline

IN_ORDER_OF_KINDS = Case(
    *(When(configuration__kind=kind, then=Value(place)) for place, kind in enumerate(PluginKind.values)),
    output_field=IntegerField(),
)


class StageFormSet(ConfigurationFormSet):
    """The stages of one pipeline."""

    def clean(self) -> None:
        """What must hold of the enabled stages taken together."""
        super().clean()
        if any(self.errors):
            return
        if found := problems(self.instance.catalog, self.enabled()):
            raise forms.ValidationError(found)


class StageInline(TabularInline):
    """The stages, in the order in which a request meets them."""

    model = Stage
    formset = StageFormSet
    extra = 1
    hide_title = True
    fields = ("kind", "configuration", "position", "enabled", "optional", "settings_link")
    readonly_fields = ("kind", "settings_link")

    @display(description=_("Kind"))
    def kind(self, stage: Stage) -> str:
        """The kind of the configuration; a field that is only read shows no colour."""
        return kind_label(stage.configuration.kind)[1] if stage.pk else gettext("New")

    @display(description=_("Settings"))
    def settings_link(self, stage: Stage) -> str | SafeString:
        """To the configuration's own page."""
        if not stage.pk:
            return "—"
        return format_html(
            '<a href="{}" class="text-primary-600 dark:text-primary-500">Open</a>',
            reverse("admin:recommender_configuration_change", args=(stage.configuration_id,)),
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Stage]:
        """By kind, then position."""
        queryset: QuerySet[Stage] = super().get_queryset(request)
        return queryset.select_related("configuration").order_by(IN_ORDER_OF_KINDS, "position", "id")


class PipelineForm(forms.ModelForm[Pipeline]):
    """A pipeline without its stages."""

    class Meta:
        """What acts at once says so: all else is a draft."""

        help_texts = {
            "is_default": _("Answers requests that name no other. This acts as soon as you save; all else is a draft.")
        }

    def clean_is_default(self) -> bool:
        """There is always a default; another one takes its place."""
        wanted: bool = self.cleaned_data["is_default"]
        if self.instance.pk and self.initial.get("is_default") and not wanted:
            raise forms.ValidationError(
                gettext("Make another pipeline the default instead: it takes the place of this one.")
            )
        return wanted

    def validate_constraints(self) -> None:
        """All but the one default: saving gives the place of the old default to the new."""
        try:
            self.instance.validate_constraints(exclude={"is_default"})
        except forms.ValidationError as error:
            self.add_error(None, error)


@admin.register(Pipeline)
class PipelineAdmin(DraftPage):
    """Choose what runs. A new pipeline starts as a copy of the catalog's default, and is published with it."""

    form = PipelineForm
    inlines = (StageInline,)
    list_display = ("named", "catalog", "is_default", "fusion", "stage_count", "version", "draft_state", "updated_at")
    list_filter = ("catalog", "is_default")
    list_select_related = ("catalog",)
    search_fields = ("title", "slug")
    fixed_once_added = ("catalog", "slug", "version")
    fieldsets = ((None, {"fields": ("catalog", "title", "slug", "is_default", "budget_ms", "version")}),)
    add_fieldsets: Any = (
        (
            _("Step 1 of 2: a name"),
            {
                "fields": ("catalog", "title", "slug"),
                "description": _("It starts with the stages of the catalog's default pipeline; step 2 changes them."),
            },
        ),
    )

    @display(description=_("Pipeline"), header=True, ordering="title")
    def named(self, pipeline: Pipeline) -> tuple[str, str]:
        """Title and slug."""
        return str(pipeline), pipeline.slug

    @display(description=_("Fusion strategy"), empty_value="—")
    def fusion(self, pipeline: Pipeline) -> str | None:
        """The enabled fusion strategy."""
        stages = [one for one in pipeline.stages.all() if one.configuration.kind == PluginKind.FUSION_STRATEGY]
        return ", ".join(str(one) for one in stages if one.enabled) or None

    @display(description=_("Stages"), ordering="enabled_stages")
    def stage_count(self, pipeline: Pipeline) -> int:
        """How many stages are enabled."""
        return int(getattr(pipeline, "enabled_stages", 0))

    @display(description=_("Draft"), label={"changed": "warning"}, empty_value="—")
    def draft_state(self, pipeline: Pipeline) -> tuple[str, str] | None:
        """Whether there is something to publish."""
        return ("changed", gettext("differs")) if draft_differs(pipeline) else None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pipeline]:
        """With stages and states, in three queries whatever the number of pipelines."""
        queryset: QuerySet[Pipeline] = super().get_queryset(request)
        enabled = Stage.objects.filter(pipeline=OuterRef("pk"), enabled=True).order_by().values("pipeline")
        counted = queryset.annotate(enabled_stages=Coalesce(Subquery(enabled.values(count=Count("pk"))), 0))
        return with_states(counted).prefetch_related("stages__configuration")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Stages come in the second step, when the catalog is known."""
        return self.inlines if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Sequence[str]]:
        """The slug follows the title while a pipeline is made."""
        return {} if obj else {"slug": ("title",)}

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        """Step one has one way on."""
        if options.get("add"):
            context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, *arguments, **options)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """A new pipeline is a copy of the default; a changed one is saved in `save_related`, with its stages."""
        if change:
            return
        default = Pipeline.objects.filter(catalog=obj.catalog, is_default=True).first()
        if default and not obj.is_default:
            copy_stages(default, obj, author(request))
        else:
            save_pipeline(obj, author=author(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """The pipeline and its stages in one change of the draft."""
        stages = formsets[0] if formsets else None
        changed = stages.save(commit=False) if stages else []
        if change:
            removed = stages.deleted_objects if stages else []
            save_pipeline(form.instance, changed, removed, author(request), publishing=False)

    def response_add(self, request: HttpRequest, obj: Pipeline, post_url_continue: str | None = None) -> HttpResponse:
        """On to the stages."""
        copied = gettext("It runs the stages of the default pipeline.")
        said = gettext("“%(pipeline)s” is made. %(start)s Step 2 of 2: choose its stages below and save.")
        start = copied if obj.stages.exists() else gettext("It has no stages yet.")
        messages.success(request, said % {"pipeline": obj, "start": start})
        return HttpResponseRedirect(reverse("admin:recommender_pipeline_change", args=(obj.pk,)))

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """The default stays: requests that name no pipeline need it. So does what placements and experiments use."""
        names = [str(one) for one in objs]
        default = gettext("%(pipeline)s: it is the default. Make another pipeline the default first.")
        placed = gettext("%(pipeline)s: placement “%(placement)s” has it. Choose another pipeline there first.")
        tried = gettext("%(pipeline)s: arm %(arm)s of experiment “%(experiment)s”. Delete the experiment first.")
        kept = [default % {"pipeline": one} for one in objs if one.is_default]
        kept += [
            placed % {"pipeline": one.pipeline, "placement": one}
            for one in Placement.objects.filter(pipeline__in=objs).select_related("pipeline")
        ]
        kept += [
            tried % {"pipeline": one.pipeline, "arm": one, "experiment": one.experiment}
            for one in Arm.objects.filter(pipeline__in=objs).select_related("pipeline", "experiment")
        ]
        return names, {"pipelines": len(names)}, set(), kept
