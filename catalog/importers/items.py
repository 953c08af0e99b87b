"""`items.jsonl` → items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from catalog.importers.json_lines import read_json_rows
from catalog.importers.parts import parts, save_parts, without_repeats
from catalog.importers.progress import Progress
from catalog.importers.rejected import Refusals
from catalog.importers.seen_ids import SeenIds
from catalog.rows import ItemRow
from catalog.services import save_items

FILE = "items.jsonl"


def import_items(catalog_id: int, path: Path, rejected: Refusals, progress: Progress) -> Counter[str]:
    """Make or change the items of a file; how many were "created", "changed" and "unchanged"."""
    return save_item_rows(catalog_id, read_json_rows(path, ItemRow, rejected, progress), path.name, rejected)


def save_item_rows(
    catalog_id: int,
    rows: Iterable[tuple[int, ItemRow]],
    file: str,
    rejected: Refusals,
    _progress: Progress | None = None,
) -> Counter[str]:
    """The same for numbered rows, wherever they were read."""
    with SeenIds() as seen:
        fresh = (without_repeats(part, "item_id", seen, file, rejected) for part in parts(rows))
        return save_parts(fresh, partial(save_items, catalog_id), file, rejected)
