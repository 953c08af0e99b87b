"""Placements: where a list appears, by which pipeline, with which rules. What is saved is a draft (`drafts.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from catalog.admin_decorators import display
from catalog.row_problems import problems_of
from recommender.admin.configuration_rows import ConfigurationFormSet
from recommender.admin.curate import CuratedPage
from recommender.admin.drafts import author
from recommender.admin.rule_calendar import calendar, month_of
from recommender.models import Override, Pipeline, Placement, PlacementRule
from recommender.models.configuration import PluginKind
from recommender.schemas import Filter
from recommender.selectors.drafts import draft_differs, live_state, with_states
from recommender.selectors.rule_windows import in_force, is_open
from recommender.services.placements import save_placement


class RuleFormSet(ConfigurationFormSet):
    """The rules of one placement."""

    kinds = (PluginKind.RULE.value,)


class RuleInline(TabularInline):
    """The rules, in the order in which rules of one phase are applied."""

    model = PlacementRule
    formset = RuleFormSet
    extra = 1
    verbose_name_plural = _("rules")
    hide_title = True
    fields = ("plugin", "configuration", "position", "enabled", "window", "settings_link")
    readonly_fields = ("plugin", "window", "settings_link")

    @display(description=_("Rule"))
    def plugin(self, rule: PlacementRule) -> str:
        """The plugin of the configuration."""
        return rule.configuration.plugin if rule.pk else gettext("New")

    @display(description=_("Window"))
    def window(self, rule: PlacementRule) -> str:
        """Whether it is open now."""
        if not rule.pk:
            return "—"
        holds = is_open(rule.configuration.plugin, rule.configuration.settings, timezone.now())
        told = ("success", gettext("open now")) if holds else ("warning", gettext("closed now"))
        return render_to_string("unfold/helpers/label.html", dict(zip(("variant", "text"), told, strict=True)))

    @display(description=_("Settings"))
    def settings_link(self, rule: PlacementRule) -> str | SafeString:
        """To the configuration's own page."""
        if not rule.pk:
            return "—"
        return format_html(
            '<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>',
            reverse("admin:recommender_configuration_change", args=(rule.configuration_id,)),
            gettext("Open"),
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlacementRule]:
        """By position."""
        queryset: QuerySet[PlacementRule] = super().get_queryset(request)
        return queryset.select_related("configuration").order_by("position", "id")


class PlacementForm(forms.ModelForm[Placement]):
    """A placement without its rules."""

    overrides = forms.MultipleChoiceField(
        label=_("What a request may choose itself"),
        choices=Override.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("A request that names the placement and one of the others is refused."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "pipeline" in self.fields:
            field: Any = self.fields["pipeline"]
            field.queryset = Pipeline.objects.filter(catalog=self.instance.catalog_id)
            field.widget = getattr(field.widget, "widget", field.widget)
            field.empty_label = gettext("The catalog's default")
        if "filter" in self.fields:
            self.fields["filter"].widget.attrs["rows"] = 4

    def clean_filter(self) -> dict[str, Any]:
        """What a request could send as its filter."""
        wanted: dict[str, Any] = self.cleaned_data["filter"]
        try:
            Filter.model_validate(wanted)
        except ValidationError as error:
            raise forms.ValidationError([str(one) for one in problems_of(error, Filter)]) from None
        return wanted


@admin.register(Placement)
class PlacementAdmin(CuratedPage):
    """Where lists appear. A request names a placement as soon as it is published."""

    form = PlacementForm
    change_form_template = "recommender/admin/placement.html"
    inlines = (RuleInline,)
    list_display = ("named", "catalog", "pipeline_named", "rules_now", "version_named", "draft_state", "updated_at")
    list_filter = ("catalog",)
    list_select_related = ("catalog", "pipeline")
    search_fields = ("title", "slug")
    fixed_once_added = ("catalog", "slug")
    fieldsets = (
        (
            None,
            {"fields": ("catalog", "title", "slug", "pipeline", "filter", "minimum_relevance", "overrides")},
        ),
    )
    add_fieldsets: Any = (
        (
            _("Step 1 of 2: a name"),
            {
                "fields": ("catalog", "title", "slug"),
                "description": _("Requests name a placement by its slug, which never changes."),
            },
        ),
    )

    @display(description=_("Placement"), header=True, ordering="title")
    def named(self, placement: Placement) -> tuple[str, str]:
        """Title and slug."""
        return str(placement), placement.slug

    @display(description=_("Pipeline"))
    def pipeline_named(self, placement: Placement) -> str:
        """Which pipeline the draft names."""
        return str(placement.pipeline) if placement.pipeline else gettext("the default")

    @display(description=_("Rules in force now"), empty_value="—")
    def rules_now(self, placement: Placement) -> str | None:
        """Of those that are published."""
        live = live_state(placement)
        if live is None:
            return None
        holding, of = in_force(live, timezone.now())
        return gettext("%(holding)s of %(of)s") % {"holding": holding, "of": of}

    @display(description=_("Version"), empty_value="—", ordering="version")
    def version_named(self, placement: Placement) -> int | None:
        """The one that answers."""
        return placement.version or None

    @display(description=_("Draft"), label={"changed": "warning", "new": "info"}, empty_value="—")
    def draft_state(self, placement: Placement) -> tuple[str, str] | None:
        """Whether there is something to publish."""
        if not placement.version:
            return "new", gettext("not published")
        return ("changed", gettext("differs")) if draft_differs(placement) else None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Placement]:
        """With what answers and the draft."""
        queryset: QuerySet[Placement] = super().get_queryset(request)
        return with_states(queryset)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Rules come in the second step, when the catalog is known."""
        return self.inlines if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Sequence[str]]:
        """The slug follows the title while a placement is made."""
        return {} if obj else {"slug": ("title",)}

    def render_change_form(self, request: HttpRequest, context: Any, *arguments: Any, **options: Any) -> HttpResponse:
        """Step one has one way on; step two shows a month of the rules."""
        if options.get("add"):
            context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        elif placement := options.get("obj"):
            rules = placement.rules.select_related("configuration").order_by("position", "id")
            context |= {"calendar": calendar(rules, month_of(request.GET.get("month", "")))}
        return super().render_change_form(request, context, *arguments, **options)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """A new placement is kept as a draft; a changed one is saved in `save_related`, with its rules."""
        if not change:
            save_placement(obj, author=author(request), publishing=False)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """The placement and its rules in one change of the draft."""
        rules = formsets[0] if formsets else None
        changed = rules.save(commit=False) if rules else []
        if change:
            removed = rules.deleted_objects if rules else []
            save_placement(form.instance, changed, removed, author(request), publishing=False)

    def response_add(self, request: HttpRequest, obj: Placement, post_url_continue: str | None = None) -> HttpResponse:
        """On to the rest."""
        messages.success(request, gettext("“%(name)s” is made. Step 2 of 2: set it, save, publish it.") % {"name": obj})
        return HttpResponseRedirect(reverse("admin:recommender_placement_change", args=(obj.pk,)))

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Its rules and history go along and are not listed one by one; configurations stay."""
        return [str(one) for one in objs], {str(self.opts.verbose_name_plural): len(objs)}, set(), []
