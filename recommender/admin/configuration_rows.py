"""Rows of a form that each put one configuration to work: stages of a pipeline, rules of a placement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from unfold.forms import PaginationInlineFormSet

from recommender.models import Configuration
from recommender.models.configuration import PluginKind


class ConfigurationFormSet(PaginationInlineFormSet):
    """Rows of one pipeline or placement. Choices are configurations of its catalog, read once for all rows."""

    kinds: Sequence[str] = PluginKind.values

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        catalog = self.instance.catalog_id
        found = Configuration.objects.filter(catalog=catalog).select_related("catalog").order_by("title", "slug")
        positions = [row.position for row in self.get_queryset()]
        self.last_position = max(positions, default=0)
        self.configurations = {one.pk: one for one in found}

    def add_fields(self, form: Any, index: int | None) -> None:
        """A row that exists keeps its kind; a new one may be of any."""
        super().add_fields(form, index)
        field = form.fields["configuration"]
        field.widget = getattr(field.widget, "widget", field.widget)  # without the menu that opens pop-up windows
        if not form.instance.pk:
            form.fields["position"].initial = self.last_position + 10
        kinds = [form.instance.configuration.kind] if form.instance.pk else self.kinds
        field.queryset = Configuration.objects.filter(catalog=self.instance.catalog_id, kind__in=kinds)
        choices = self._groups(kinds) if len(kinds) > 1 else self._of(kinds[0])
        field.choices = choices if form.instance.pk else [("", _("Select a configuration")), *choices]

    def enabled(self) -> list[Configuration]:
        """The configurations of the rows that stay and are enabled, as they were sent."""
        kept = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return [row["configuration"] for row in kept if row.get("configuration") and row.get("enabled")]

    def _groups(self, kinds: Sequence[str]) -> Iterator[tuple[str, list[tuple[int, str]]]]:
        for kind in kinds:
            if choices := self._of(kind):
                yield str(PluginKind(kind).label), choices

    def _of(self, kind: str) -> list[tuple[int, str]]:
        return [(one.pk, str(one)) for one in self.configurations.values() if one.kind == kind]
