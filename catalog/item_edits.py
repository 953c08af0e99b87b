"""One change to many items: availability, categories and tags. `catalog.services.edit_items` makes it."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.models import Item
from catalog.row_types import Labels, Row
from catalog.rows import ItemRow


class ItemEdit(Row):
    """What is to change; what is left out stays. A label that is both added and removed is there in the end."""

    available: bool | None = None
    add_categories: Labels = []
    remove_categories: Labels = []
    add_tags: Labels = []
    remove_tags: Labels = []

    def changes(self, item: Item) -> bool:
        """Whether the item is not so already."""
        row = self.applied(item)
        return (row.available, row.categories, row.tags) != (item.available, item.categories, item.tags)

    def applied(self, item: Item) -> ItemRow:
        """The item as it is after the change.

        Not validated: what is stored need not please the rules of today, and only the labels here are new.
        """
        row = {name: getattr(item, "external_id" if name == "item_id" else name) for name in ItemRow.model_fields}
        row["categories"] = _labels(item.categories, self.add_categories, self.remove_categories)
        row["tags"] = _labels(item.tags, self.add_tags, self.remove_tags)
        row["available"] = item.available if self.available is None else self.available
        return ItemRow.model_construct(**row)


def _labels(present: Sequence[str], added: Sequence[str], removed: Sequence[str]) -> list[str]:
    kept = [label for label in present if label not in removed or label in added]
    return [*kept, *(label for label in dict.fromkeys(added) if label not in kept)]
