"""What every page of the admin has in common: 50 rows, no count of the whole table, readable fields."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from catalog.form_fields import JSONObjectField, LinesField


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
    formfield_overrides = {  # type: ignore[misc, assignment]  # a class variable in Django; the stubs want no mixed types
        ArrayField: {"form_class": LinesField},
        models.JSONField: {"form_class": JSONObjectField},
    }

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The fixed fields can only be written while the row is added."""
        fields = tuple(super().get_readonly_fields(request, obj))
        return (*fields, *self.fixed_once_added) if obj else fields


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
