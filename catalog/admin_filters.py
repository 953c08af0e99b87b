"""Filters of the item list that one writes into: a category or a tag, of which a catalog may have thousands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.contrib.postgres.fields import ArrayField
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.models import Item


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
        """The items that have the label, written exactly so. The cast is that of the index on categories."""
        value = (self.value() or "").strip()
        if not value:
            return queryset
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
