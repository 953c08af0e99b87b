"""`manage.py import FOLDER --catalog SLUG`: a folder in the interchange format → items, profiles, events, relations."""
# ruff: noqa: N999 - the file is named as the command is

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.exceptions import CatalogError, FolderError
from catalog.importers import items, relations
from catalog.importers.csv_rows import read_header
from catalog.importers.files import find_file
from catalog.importers.language import language_of
from catalog.importers.progress import Progress
from catalog.importers.rejected import RejectedRows
from catalog.models import Catalog
from catalog.rows import RelationRow
from catalog.services import create_catalog
from recommender.services.defaults import provide_defaults
from users.importers import events, profiles
from users.importers.events import ImportedEvents
from users.rows import EventRow
from users.services import provide_event_kinds


class Command(BaseCommand):
    """Import a folder. Running it again changes nothing; a run that was interrupted can be run again."""

    help = (
        "Imports items.jsonl, profiles.jsonl, events.csv and relations.csv (each optional, plain or .gz) of a folder "
        "into a catalog, which is made if there is none."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--catalog", required=True, metavar="SLUG")
        parser.add_argument("--language", default="", metavar="XX", help="of a new catalog; default: its items'")
        parser.add_argument("--rejected", type=Path, metavar="PATH", help="default: rejected.jsonl in the data folder")

    def handle(
        self, *_arguments: Any, folder: Path, catalog: str, language: str, rejected: Path | None, **_options: Any
    ) -> None:
        """Import each file that is there, and say what became of its rows."""
        try:
            files = _files(folder)
            target = self._catalog(catalog, language, files.get(items.FILE))
            with RejectedRows(rejected or settings.DATA_DIR / "rejected.jsonl") as refused:
                self._import(target.pk, files, refused)
        except CatalogError as error:
            raise CommandError(str(error)) from error
        self._say_rejected(refused)

    def _catalog(self, slug: str, language: str, items_file: Path | None) -> Catalog:
        """The catalog, made with all that a catalog needs where there is none."""
        catalog = Catalog.objects.filter(slug=slug).first()
        if catalog is None:
            known = language or (language_of(items_file) if items_file else "mixed")
            catalog = create_catalog(slug, language=known)
            self.stdout.write(f"Catalog {slug} made, language {known}.")
        elif language and language != catalog.language:
            raise CommandError(
                f"The catalog {slug} has the language {catalog.language}, not {language}: leave --language out, or "
                "change it in the admin."
            )
        # Also where the catalog exists: a run may have been interrupted in between.
        provide_event_kinds(catalog)
        provide_defaults(catalog)
        return catalog

    def _import(self, catalog_id: int, files: dict[str, Path], rejected: RejectedRows) -> None:
        progress = Progress(lambda sentence: self.stdout.write(f"  {sentence}"))
        importers: dict[str, Callable[..., Counter[str] | ImportedEvents]] = {
            items.FILE: items.import_items,
            profiles.FILE: profiles.import_profiles,
            events.FILE: events.import_events,
            relations.FILE: relations.import_relations,
        }
        for name, path in files.items():
            start = time.monotonic()
            outcome = importers[name](catalog_id, path, rejected, progress)
            said = _events_said(outcome) if isinstance(outcome, ImportedEvents) else _counts_said(outcome)
            self.stdout.write(f"{path.name}: {said} ({time.monotonic() - start:.1f} s)")

    def _say_rejected(self, rejected: RejectedRows) -> None:
        if rejected.total:
            where = ", ".join(f"{count:,} of {name}" for name, count in rejected.counts.items())
            self.stdout.write(f"{rejected.total:,} rows rejected ({where}), see {rejected.path}.")
        else:
            self.stdout.write("0 rows rejected.")


def _files(folder: Path) -> dict[str, Path]:
    """The files of the folder in the order in which they are imported; wrong headers are found before anything is."""
    if not folder.is_dir():
        raise FolderError(f"{folder} is no folder: name one with items.jsonl or events.csv in it.")
    names = (items.FILE, profiles.FILE, events.FILE, relations.FILE)
    found = {name: path for name in names if (path := find_file(folder, name)) is not None}
    if not found:
        raise FolderError(f"{folder} has none of {', '.join(names)} (plain or .gz).")
    if events.FILE in found:
        read_header(found[events.FILE], EventRow, events.REQUIRED)
    if relations.FILE in found:
        read_header(found[relations.FILE], RelationRow, relations.REQUIRED)
    return found


def _counts_said(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[name]:,} {name}" for name in ("created", "changed", "unchanged"))


def _events_said(outcome: ImportedEvents) -> str:
    said = f"{outcome.stored:,} stored, {outcome.already_there:,} already there, {outcome.new_profiles:,} new profiles"
    if outcome.of_unknown_items:
        said += f", {outcome.of_unknown_items:,} of unknown items (such as {', '.join(outcome.unknown_items)})"
    return said
