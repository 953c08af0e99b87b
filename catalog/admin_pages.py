"""What every page of the admin has in common: 50 rows, no count of the whole table, readable fields, and who sees what.

Who sees what: a page that inherits from `Page` shows only rows of the catalogs in which the person may view its model,
and offers only choices (foreign keys, filters, autocomplete, actions) of those. A new page needs two things for it:

1. `catalog_path`, where the way from the model to its catalog is not a foreign key `catalog`: "placement__catalog",
   "catalog_id" for a plain number (`catalog.reach.Reach`).
2. A line in the table of roles, `users/roles.py`. A model without one is for superusers alone.

A view of its own (`get_urls`, an unfold action) finds its row by `self.get_object(request, pk)` or in
`self.get_queryset(request)`, which know no other catalog's rows, and asks `self.may(request, "change", row)` before it
writes. Actions declare `permissions=["change"]` (or view, add, delete, `promote` with a `has_promote_permission`): an
action on ticked rows then meets only those where the role allows it, one on a single row is refused where not. A page
of no model takes its catalogs from `catalog.reach.visible_catalogs(request, permission)`.

tests/recommender/admin/test_access.py walks over every page and address, and fails for one that shows too much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin import FieldListFilter
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from catalog.admin_choices import ScopedRelatedFilter, narrow_choices
from catalog.form_fields import JSONObjectField, LinesField
from catalog.reach import Reach, reach

ACTIONS = ("view", "add", "change", "delete")

FieldListFilter.register(lambda field: bool(field.remote_field), ScopedRelatedFilter, take_priority=True)


class Page(ModelAdmin):
    """A model that a person edits."""

    list_per_page = 50
    show_full_result_count = False
    list_filter_sheet = False
    warn_unsaved_form = True
    add_fieldsets: Any = ()
    actions_detail: Any = ()
    fixed_once_added: tuple[str, ...] = ()
    """Fields that are chosen when a row is added and never change."""
    catalog_path: str = "catalog"
    """The lookup from the model to its catalog; empty for what belongs to none, which is for superusers."""
    formfield_overrides = {  # type: ignore[misc, assignment]  # a class variable in Django; the stubs want no mixed types
        ArrayField: {"form_class": LinesField},
        models.JSONField: {"form_class": JSONObjectField},
    }

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The fixed fields can only be written while the row is added."""
        fields = tuple(super().get_readonly_fields(request, obj))
        return (*fields, *self.fixed_once_added) if obj else fields

    def reach(self, request: HttpRequest, action: str) -> Reach:
        """Where whoever asks may view, add, change or delete rows of this model; other words count as change."""
        action = action if action in ACTIONS else "change"
        return reach(request.user, f"{self.opts.app_label}.{action}_{self.opts.model_name}")

    def may(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        """Whether the role allows it: for a row (or the id of one) in its catalog, without one in any catalog."""
        within = self.reach(request, action)
        if obj is None or within.everywhere or not within:
            return bool(within)
        row = obj if isinstance(obj, models.Model) else self.get_object(request, str(obj))
        return row is not None and within.covers(row, self.catalog_path)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By role."""
        return self.may(request, "view", obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By role."""
        return self.may(request, "add", obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By role."""
        return self.may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By role."""
        return self.may(request, "delete", obj)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Only rows of catalogs in which the person may view them."""
        return self.reach(request, "view").narrow(super().get_queryset(request), self.catalog_path)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """With choices of the catalogs in which the person may save."""
        form = super().get_form(request, obj, change=change, **options)
        narrow_choices(form.base_fields, self.admin_site, self.reach(request, "change" if obj else "add"))
        return form

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Iterator[tuple[Any, Any]]:
        """The same for the rows of inlines."""
        within = self.reach(request, "change" if obj else "add")
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            narrow_choices(formset.form.base_fields, self.admin_site, within)
            name_fields(formset.form.base_fields)
            yield formset, inline

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Whoever may add to one catalog only need not choose it."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        only = tuple(self.reach(request, "add").catalog_ids)
        return {self.catalog_path: only[0], **initial} if len(only) == 1 else initial

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """A row that may not be changed is not, by whatever way its form came."""
        if change and not self.has_change_permission(request, form.instance):
            raise PermissionDenied
        return super().save_form(request, form, change)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Each acts only on the ticked rows for which the role allows it."""
        found: dict[str, tuple[Any, str, str]] = super().get_actions(request)  # type: ignore[assignment]  # never None
        return {name: (within_reach(function), name, text) for name, (function, _name, text) in found.items()}


def name_fields(fields: dict[str, Any]) -> None:
    """Say to screen readers what each field is: in a table only the heading of its column says it, to the eye."""
    for field in fields.values():
        if field.label:
            field.widget.attrs.setdefault("aria-label", str(field.label))


def within_reach(action: Callable[..., Any]) -> Callable[..., Any]:
    """The action, with the ticked rows left out that the person's role in their catalog does not allow it for."""

    @wraps(action)
    def act(page: Page, request: HttpRequest, queryset: models.QuerySet[Any]) -> Any:
        allowed = queryset
        for permission in getattr(action, "allowed_permissions", ("change",)):
            allowed = page.reach(request, permission).narrow(allowed, page.catalog_path)
        if allowed is not queryset and (left_out := queryset.count() - allowed.count()):
            text = "%(count)s row is left out: your role in its catalog does not allow this."
            texts = "%(count)s rows are left out: your role in their catalogs does not allow this."
            messages.warning(request, ngettext(text, texts, left_out) % {"count": left_out})
        return action(page, request, allowed)

    return act


class ServiceDeletedPage(Page):
    """A model whose rows are deleted by a service, with what belongs to them in tables that have no foreign keys."""

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Name what was asked for only: an item may take a million events along, which nobody reads one by one."""
        names = [str(one) for one in objs]
        return names, {str(self.opts.verbose_name_plural): len(names)}, set(), []


class ReadOnlyPage(Page):
    """A model that the platform writes and a person reads."""

    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds one by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes one by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes one by hand."""
        return False
