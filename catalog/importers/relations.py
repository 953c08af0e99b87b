"""`relations.csv` → relations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from catalog.importers.csv_rows import read_csv_rows
from catalog.importers.parts import parts, save_parts
from catalog.importers.progress import Progress
from catalog.importers.rejected import Refusals
from catalog.rows import RelationRow
from catalog.services import save_relations

FILE = "relations.csv"
REQUIRED = ("head_item_id", "relation")


def import_relations(catalog_id: int, path: Path, rejected: Refusals, progress: Progress) -> Counter[str]:
    """Make or change the relations of a file; how many were "created", "changed", "unchanged" and "replaced"."""
    rows = read_csv_rows(path, RelationRow, REQUIRED, rejected, progress)
    return save_relation_rows(catalog_id, rows, path.name, rejected)


def save_relation_rows(
    catalog_id: int,
    rows: Iterable[tuple[int, RelationRow]],
    file: str,
    rejected: Refusals,
    _progress: Progress | None = None,
) -> Counter[str]:
    """The same for numbered rows, wherever they were read."""
    return save_parts(parts(rows), partial(save_relations, catalog_id), file, rejected)
