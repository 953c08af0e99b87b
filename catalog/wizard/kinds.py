"""What can be imported: items, relations, profiles, events. The last two lie above and are named in the settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from catalog.exceptions import RowError
from catalog.importers.progress import Progress
from catalog.importers.rejected import Refusals
from catalog.row_types import Row

Save = Callable[[int, Iterable[tuple[int, Any]], str, Refusals, Progress], Counter[str]]
"""(catalog id, numbered rows, the file's name, who keeps the refused, progress) → how many met each outcome."""
Check = Callable[[int, Sequence[Any]], Sequence[RowError | None]]
"""(catalog id, valid rows) → for each why the catalog would refuse it. Writes nothing."""
LISTS = frozenset({"categories", "tags", "muted_categories"})
TRUTHS = frozenset({"available", "learn", "personalise", "is_test"})
ATTRIBUTES = "attributes"


@dataclass(frozen=True)
class Field:
    """A field of a row: what people call it, and names of columns that mean it, with blanks between (`guessing.plain`).

    The earlier a name stands, the more likely it is.
    """

    label: str | Promise
    names: str = ""


@dataclass(frozen=True)
class ImportKind:
    """One kind of rows: what is read, how it is saved, and what a file may call the fields.

    `required` are sets of fields of which at least one has to be given. `fixed` may be given once for all rows.
    """

    row: type[Row]
    label: str | Promise
    fields: Mapping[str, Field]
    required: tuple[tuple[str, ...], ...]
    fixed: tuple[str, ...]
    save: Save
    check: Check
    page: str
    """The admin's page of what is made, as its addresses are named."""
    unique: str = ""
    """The field that no two rows of a file may share."""
    steps: int = 1
    """How many of them `save` tells its progress of."""
    attribute_names: str = ""
    """Columns that are guessed to be attributes, in the same form."""

    @property
    def has_attributes(self) -> bool:
        """Whether any column can be kept as an attribute."""
        return ATTRIBUTES in self.fields


def import_kind(name: str) -> ImportKind:
    """The kind of that name, from the settings."""
    kind = import_string(settings.IMPORT_KINDS[name])
    if not isinstance(kind, ImportKind):
        raise TypeError(f"IMPORT_KINDS[{name!r}] is {kind!r}: name an ImportKind.")
    return kind


def nothing_refused(_catalog_id: int, rows: Sequence[Any]) -> Sequence[None]:
    """The check of a kind whose valid rows are all taken."""
    return [None] * len(rows)
