"""Choices of forms and filters in the admin, narrowed to the catalogs that somebody reaches."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from django.contrib.admin import AdminSite, RelatedFieldListFilter
from django.db.models import Model
from django.forms import ModelChoiceField
from django.http import HttpRequest

from catalog.reach import Reach, reach


def narrow_choices(fields: dict[str, Any], site: AdminSite, within: Reach) -> None:
    """Replace the fields of a form class that offer rows by fields that offer only those within reach."""
    if within.everywhere:
        return
    for name, field in fields.items():
        if isinstance(field, ModelChoiceField) and field.queryset is not None:
            fields[name] = deepcopy(field)  # a declared field belongs to the form's class, and so to everybody
            fields[name].queryset = within.narrow(field.queryset, path_of(field.queryset.model, site))


def path_of(model: type[Model], site: AdminSite) -> str:
    """The lookup from a model to its catalog, as its page declares it; empty without a page."""
    return str(getattr(site._registry.get(model), "catalog_path", ""))


class ScopedRelatedFilter(RelatedFieldListFilter):
    """Filters by a related row offer what the person may see of them. `catalog.admin_pages` makes it the usual one."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        """Those of the catalogs in which the person may view the list."""
        within = reach(request.user, f"{model_admin.opts.app_label}.view_{model_admin.opts.model_name}")
        condition = within.condition(path_of(field.remote_field.model, model_admin.admin_site))
        ordering = self.field_admin_ordering(field, request, model_admin)
        return field.get_choices(include_blank=False, ordering=ordering, limit_choices_to=condition)
