"""`manage.py train --catalog SLUG`: learn now what can be learned from the catalog's events and texts."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.models import Catalog
from recommender.services.refresh import refresh


class Command(BaseCommand):
    """Refreshes counters, neighbours, document frequencies and whitening at once, with progress."""

    help = "Refresh what is learned from a catalog's events and texts: counters, neighbours, whitening."

    def add_arguments(self, parser: CommandParser) -> None:
        """The catalog to learn from."""
        parser.add_argument("--catalog", required=True, metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refresh, telling each step."""
        catalog = Catalog.objects.filter(slug=options["catalog"]).first()
        if catalog is None:
            known = ", ".join(Catalog.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no catalog {options['catalog']!r}. Catalogs: {known}.")
        start = perf_counter()
        figures = refresh(catalog, self._tell)
        self.stdout.write(
            f"{catalog.slug}: {figures.events:,} events on {figures.items_with_events:,} of {figures.items:,} items "
            f"learned in {perf_counter() - start:.1f} s."
        )

    def _tell(self, step: str, done: int, total: int) -> None:
        share = f" {100 * done // total} %" if done else ""
        self.stdout.write(f"  {step}{share}")
