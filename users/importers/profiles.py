"""`profiles.jsonl` → profiles."""

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
from users.rows import ProfileRow
from users.services import save_profiles

FILE = "profiles.jsonl"


def import_profiles(catalog_id: int, path: Path, rejected: Refusals, progress: Progress) -> Counter[str]:
    """Make or change the profiles of a file; how many were "created", "changed" and "unchanged"."""
    return save_profile_rows(catalog_id, read_json_rows(path, ProfileRow, rejected, progress), path.name, rejected)


def save_profile_rows(
    catalog_id: int,
    rows: Iterable[tuple[int, ProfileRow]],
    file: str,
    rejected: Refusals,
    _progress: Progress | None = None,
) -> Counter[str]:
    """The same for numbered rows, wherever they were read."""
    with SeenIds() as seen:
        fresh = (without_repeats(part, "profile_id", seen, file, rejected) for part in parts(rows))
        return save_parts(fresh, partial(save_profiles, catalog_id), file, rejected)
