"""`relations.csv` → relations."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

from catalog.importers.csv_rows import read_csv_rows
from catalog.importers.parts import parts, save_parts
from catalog.importers.progress import Progress
from catalog.importers.rejected import RejectedRows
from catalog.rows import RelationRow
from catalog.services import save_relations

FILE = "relations.csv"
REQUIRED = ("head_item_id", "relation")


def import_relations(catalog_id: int, path: Path, rejected: RejectedRows, progress: Progress) -> Counter[str]:
    """Make or change the relations of a file; how many were "created", "changed", "unchanged" and "replaced"."""
    rows = read_csv_rows(path, RelationRow, REQUIRED, rejected, progress)
    return save_parts(parts(rows), partial(save_relations, catalog_id), path, rejected)
