"""Items and the relations between them; imports. Catalogs have their page in `recommender.admin.catalogs`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.admin_decorators import display
from catalog.admin_filters import CategoryFilter, LanguageFilter, TagFilter
from catalog.admin_item_edits import edit_chosen_items
from catalog.admin_pages import Page, ServiceDeletedPage
from catalog.models import Item, Relation
from catalog.selectors import OF_MATCHING
from catalog.services import delete_items, save_item
from catalog.wizard import admin as _import_wizard  # noqa: F401 - registers its pages


@admin.register(Item)
class ItemAdmin(ServiceDeletedPage):
    """Items, found by title or id. Saving one keeps its text, hash and vector in step."""

    list_display = ("named", "catalog", "in_categories", "price", "language", "available", "updated_at")
    list_filter = ("catalog", "available", CategoryFilter, TagFilter, LanguageFilter)
    list_select_related = ("catalog",)
    actions = (edit_chosen_items,)
    search_fields = ("title", "=external_id")
    search_help_text = _("A part of the title, in any language, or the whole id.")
    ordering = ("-id",)
    fixed_once_added = ("catalog", "external_id")
    readonly_fields = ("encoded_text", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("catalog", "external_id", "title", "description", "available")}),
        (_("What it is"), {"fields": ("categories", "tags", "attributes", "language", "price")}),
        (_("Where and when"), {"fields": ("url", "image_url", "published_at", "expires_at")}),
        (_("What the platform makes of it"), {"fields": ("encoded_text", "created_at", "updated_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        """Without the columns of matching, which are as long as the text; `save_item` makes them anew."""
        queryset: QuerySet[Item] = super().get_queryset(request)
        return queryset.defer(*OF_MATCHING)

    @display(description=_("Item"), header=True, ordering="title")
    def named(self, item: Item) -> tuple[str, str]:
        """Title and id."""
        return item.title, item.external_id

    @display(description=_("Categories"))
    def in_categories(self, item: Item) -> str:
        """The categories in one line."""
        return ", ".join(item.categories)

    @display(description=_("Text that is encoded"))
    def encoded_text(self, item: Item) -> str:
        """What an encoder reads of the item."""
        return (
            item.item_text() if item.pk else gettext("Made from title, description, categories, tags and attributes.")
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Saved with the columns that matching needs, and encoded if its text changed."""
        save_item(obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """With all that belongs to it."""
        delete_items(obj.catalog_id, [obj.external_id])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Item]) -> None:
        """Those that were ticked, with all that belongs to them."""
        for catalog_id in set(queryset.values_list("catalog_id", flat=True)):
            chosen = queryset.filter(catalog_id=catalog_id)
            delete_items(catalog_id, list(chosen.values_list("external_id", flat=True)))


class RelationForm(forms.ModelForm[Relation]):
    """Says in words what the database would only refuse."""

    def clean(self) -> dict[str, Any]:
        """One tail, and all in one catalog."""
        values = super().clean() or self.cleaned_data
        catalog, tail = values.get("catalog"), values.get("tail")
        if bool(tail) == bool(values.get("tail_name")):
            self.add_error("tail", gettext("Choose another item or write a name: exactly one of the two."))
        for field in ("head", "tail"):
            item = values.get(field)
            if item and catalog and item.catalog_id != catalog.pk:
                said = gettext("“%(item)s” is in another catalog: choose an item of %(catalog)s.")
                self.add_error(field, said % {"item": item, "catalog": catalog})
        return values

    def validate_constraints(self) -> None:
        """Only where `clean` found nothing: it has the better words."""
        if not self.errors:
            super().validate_constraints()


@admin.register(Relation)
class RelationAdmin(Page):
    """Edges of the knowledge graph."""

    form = RelationForm
    list_display = ("head", "relation", "points_to", "weight", "catalog")
    list_filter = ("catalog",)
    list_select_related = ("catalog", "head", "tail")
    search_fields = ("relation", "head__title", "tail__title", "tail_name")
    autocomplete_fields = ("head", "tail")
    fieldsets = (
        (None, {"fields": ("catalog", "head", "relation")}),
        (_("Points to one of"), {"fields": ("tail", "tail_name")}),
        (None, {"fields": ("weight",)}),
    )

    @display(description=_("Points to"))
    def points_to(self, relation: Relation) -> str:
        """The other item, or the name."""
        return str(relation.tail) if relation.tail else f"“{relation.tail_name}”"
