"""Recorded answers, to look one up."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.paginator import InfinitePaginator

from catalog.admin_decorators import display
from catalog.admin_pages import ReadOnlyPage
from catalog.models import Catalog, Item
from catalog.reach import visible_catalogs
from recommender.models import Experiment, Pipeline, Recommendation
from users.models import Profile


class CatalogFilter(admin.SimpleListFilter):
    """By catalog: a recorded answer has its id, no foreign key."""

    title = "catalog"
    parameter_name = "catalog_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Every catalog whose answers the person may view."""
        return [(str(one.pk), str(one)) for one in visible_catalogs(request, "recommender.view_recommendation")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Recommendation]) -> QuerySet[Recommendation]:
        """The answers of one catalog."""
        value = self.value()
        return queryset.filter(catalog_id=int(value)) if value and value.isdigit() else queryset


@admin.register(Recommendation)
class RecommendationAdmin(ReadOnlyPage):
    """What was answered to whom, newest first."""

    list_display = ("id", "created_at", "catalog", "who", "asked", "shown", "pipeline", "milliseconds", "completeness")
    catalog_path = "catalog_id"
    list_filter = (CatalogFilter, "degraded")
    search_fields = ("=id",)
    search_help_text = _("The whole recommendation_id of an answer.")
    ordering = ("-created_at",)
    sortable_by = ()
    paginator = InfinitePaginator
    fieldsets = (
        (None, {"fields": ("id", "created_at", "catalog", "who", "pipeline", "experiment", "completeness")}),
        (_("The slate"), {"fields": ("slate",)}),
        (_("How it came about"), {"fields": ("stage_times", "asked_for")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Recommendation]:
        """With the names behind the ids, in the same query."""
        queryset: QuerySet[Recommendation] = super().get_queryset(request)
        return queryset.annotate(
            catalog_name=_named(Catalog.objects.filter(pk=OuterRef("catalog_id")), "name"),
            profile_name=_named(Profile.objects.filter(pk=OuterRef("profile_id")), "external_id"),
            experiment_name=_named(Experiment.objects.filter(pk=OuterRef("experiment_id")), "title"),
            pipeline_name=_named(Pipeline.objects.filter(pk=OuterRef("pipeline_id")), "title"),
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Recommendation], search_term: str
    ) -> tuple[QuerySet[Recommendation], bool]:
        """By id; what is no UUID finds nothing."""
        if not (term := search_term.strip()):
            return queryset, False
        is_uuid = len(term.replace("-", "")) == 32 and all(one in "0123456789abcdef-" for one in term.lower())
        return (queryset.filter(pk=term) if is_uuid else queryset.none()), False

    @display(description=_("Catalog"))
    def catalog(self, answer: Recommendation) -> str:
        """The catalog's name."""
        return str(getattr(answer, "catalog_name", None) or answer.catalog_id)

    @display(description=_("For whom"))
    def who(self, answer: Recommendation) -> str:
        """The profile, the session, or nobody known."""
        if answer.profile_id:
            return str(getattr(answer, "profile_name", None) or f"profile {answer.profile_id} (deleted)")
        return f"session {answer.session_id}" if answer.session_id else gettext("somebody unknown")

    @display(description=_("Sentence"), empty_value="—")
    def asked(self, answer: Recommendation) -> str | None:
        """The start of the sentence."""
        return str(answer.request.get("text") or "")[:60] or None

    @display(description=_("Items"))
    def shown(self, answer: Recommendation) -> int:
        """Length of the slate."""
        return len(answer.item_ids)

    @display(description=_("Pipeline"))
    def pipeline(self, answer: Recommendation) -> str:
        """Title and version."""
        name = getattr(answer, "pipeline_name", None) or answer.pipeline_id
        return f"{name} v{answer.pipeline_version}"

    @display(description=_("Experiment"), empty_value="—")
    def experiment(self, answer: Recommendation) -> str | None:
        """The experiment and its arm, where the answer is part of one."""
        if not answer.experiment_id:
            return None
        name = getattr(answer, "experiment_name", None) or gettext("deleted experiment")
        return f"{name}: {answer.arm}"

    @display(description=_("Answer"), label={"complete": "success", "degraded": "danger"})
    def completeness(self, answer: Recommendation) -> str:
        """Whether a stage was left out."""
        return "degraded" if answer.degraded else "complete"

    @display(description=_("ms"))
    def milliseconds(self, answer: Recommendation) -> str:
        """All stages together."""
        return f"{answer.timings.get('total', sum(answer.timings.values())):.0f}"

    @display(description=_("Items"))
    def slate(self, answer: Recommendation) -> str:
        """Position, title and score."""
        titles = dict(Item.objects.filter(pk__in=answer.item_ids).values_list("pk", "title"))
        rows = [
            (position, titles.get(item_id, gettext("item %(id)s (deleted)") % {"id": item_id}), f"{score:.4f}")
            for position, (item_id, score) in enumerate(zip(answer.item_ids, answer.scores, strict=False), 1)
        ]
        return _table((gettext("Position"), gettext("Item"), gettext("Score")), rows)

    @display(description=_("Milliseconds per stage"))
    def stage_times(self, answer: Recommendation) -> str:
        """As a table, in the order they were recorded."""
        return _table((gettext("Stage"), "ms"), [(name, f"{value:.1f}") for name, value in answer.timings.items()])

    @display(description=_("Request"))
    def asked_for(self, answer: Recommendation) -> SafeString:
        """The request as it was recorded."""
        return format_html(
            '<pre class="whitespace-pre-wrap">{}</pre>', json.dumps(answer.request, ensure_ascii=False, indent=2)
        )


def _named(queryset: QuerySet[Any], field: str) -> Subquery:
    return Subquery(queryset.values(field)[:1], output_field=CharField())


def _table(headers: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    return render_to_string("unfold/components/table.html", {"table": {"headers": headers, "rows": rows}})
