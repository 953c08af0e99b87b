"""Catalogs. Their page is not in `catalog.admin`: a new one gets kinds of event and a pipeline, which lie above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.admin_decorators import display
from catalog.admin_pages import Page
from catalog.models import Catalog
from catalog.reach import IDENTITY
from recommender.services.defaults import provide_defaults
from users.services import provide_event_kinds


@admin.register(Catalog)
class CatalogAdmin(Page):
    """The isolated worlds. A new one can answer at once."""

    catalog_path = IDENTITY
    list_display = ("named", "language", "item_count", "created_at")
    search_fields = ("name", "slug")
    fixed_once_added = ("slug",)
    fieldsets = ((None, {"fields": ("name", "slug", "language")}),)

    @display(description=_("Catalog"), header=True, ordering="name")
    def named(self, catalog: Catalog) -> tuple[str, str]:
        """Name and slug."""
        return str(catalog), catalog.slug

    @display(description=_("Items"))
    def item_count(self, catalog: Catalog) -> str:
        """How many items it has."""
        return f"{getattr(catalog, 'items_in_it', 0):,}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Catalog]:
        """With the number of items."""
        queryset: QuerySet[Catalog] = super().get_queryset(request)
        return queryset.annotate(items_in_it=Count("items"))

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Sequence[str]]:
        """The slug follows the name while a catalog is made."""
        return {} if obj else {"slug": ("name",)}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """A new catalog gets its kinds of event and its default pipeline."""
        obj.save()
        if not change:
            provide_event_kinds(obj)
            provide_defaults(obj)
            said = gettext("“%(catalog)s” has kinds of event and a default pipeline: add items, and it answers.")
            messages.info(request, said % {"catalog": obj})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not here: with it would go every item, event and profile, which takes more than a click."""
        return False
