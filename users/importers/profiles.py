"""`profiles.jsonl` → profiles."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

from catalog.importers.json_lines import read_json_rows
from catalog.importers.parts import parts, save_parts, without_repeats
from catalog.importers.progress import Progress
from catalog.importers.rejected import RejectedRows
from catalog.importers.seen_ids import SeenIds
from users.rows import ProfileRow
from users.services import save_profiles

FILE = "profiles.jsonl"


def import_profiles(catalog_id: int, path: Path, rejected: RejectedRows, progress: Progress) -> Counter[str]:
    """Make or change the profiles of a file; how many were "created", "changed" and "unchanged"."""
    rows = read_json_rows(path, ProfileRow, rejected, progress)
    with SeenIds() as seen:
        fresh = (without_repeats(part, "profile_id", seen, path, rejected) for part in parts(rows))
        return save_parts(fresh, partial(save_profiles, catalog_id), path, rejected)
