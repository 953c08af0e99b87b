"""Filters of the item list that one writes into: a catalog may have thousands of categories and tags.

A language is written too: to offer those there are, all items would have to be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, QuerySet, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.models import Item
from catalog.terms import terms


class WrittenFilter(admin.SimpleListFilter):
    """A filter with a text field; the other filters and the search stay as they are."""

    template = "catalog/admin/written_filter.html"
    field: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[()]:
        """Nothing to choose from."""
        return ()

    def has_output(self) -> bool:
        """Always there, although there is nothing to choose from."""
        return True

    def choices(  # type: ignore[override]  # the template is our own, and so is what it is given
        self, changelist: ChangeList
    ) -> Iterator[dict[str, Any]]:
        """What the form needs: the value, and what it carries along."""
        others = {
            name: value for name, value in changelist.params.items() if name not in (self.parameter_name, PAGE_VAR)
        }
        yield {
            "name": self.parameter_name,
            "value": self.value() or "",
            "others": others.items(),
            "without": changelist.get_query_string(remove=[str(self.parameter_name)]),
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Item]) -> QuerySet[Item]:
        """The items that have it."""
        value = (self.value() or "").strip()
        return self.having(queryset, value) if value else queryset

    def having(self, queryset: QuerySet[Item], value: str) -> QuerySet[Item]:
        """One of a list of labels, written exactly so. The cast is that of the index on categories."""
        labels = queryset.alias(labels=Cast(self.field, ArrayField(TextField())))
        return labels.filter(labels__contains=[value])  # type: ignore[misc]  # the stubs want a text, it is an array


class CategoryFilter(WrittenFilter):
    """Items of a category."""

    title = _("category")
    parameter_name = "category"
    field = "categories"


class TagFilter(WrittenFilter):
    """Items with a tag."""

    title = _("tag")
    parameter_name = "tag"
    field = "tags"

    def having(self, queryset: QuerySet[Item], value: str) -> QuerySet[Item]:
        """Only items that have the tag's words are looked at: those have an index."""
        words = " & ".join("'" + one + "'" for one in sorted(set(terms(value))))  # letters and digits, never a quote
        if words:
            has_words = RawSQL("catalog_item.search @@ %s::tsquery", [words], output_field=BooleanField())
            queryset = queryset.filter(has_words)
        return super().having(queryset, value)


class LanguageFilter(WrittenFilter):
    """Items of a language."""

    title = _("language")
    parameter_name = "language"
    field = "language"

    def having(self, queryset: QuerySet[Item], value: str) -> QuerySet[Item]:
        """A tag such as en or pt-BR."""
        return queryset.filter(language=value)
