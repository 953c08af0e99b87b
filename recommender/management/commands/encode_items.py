"""`manage.py encode_items --catalog SLUG`: encode whatever is stale, now and with progress."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.models import Catalog
from recommender.models import Space
from recommender.services.item_encoding import encode_items
from recommender.services.spaces import open_spaces

SECONDS_BETWEEN_LINES = 2.0


class Command(BaseCommand):
    """Makes the spaces that the catalog's pipelines want, fills them, and switches to those that are complete."""

    help = "Encode every item of a catalog whose text changed since it was encoded, and finish spaces that are built."

    _last_line = 0.0

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--catalog", required=True, help="Slug of the catalog.")

    def handle(self, *args: Any, **options: Any) -> None:
        catalog = _catalog(options["catalog"])
        done = encode_items(catalog, progress=self._show)
        while done.busy and not done.problems:  # a worker is at it: wait for it and see whether anything is left
            for space in open_spaces(catalog):
                self._show(space)
            time.sleep(1)
            done = encode_items(catalog, progress=self._show)
        if done.problems:
            raise CommandError("\n".join(done.problems))
        spaces = open_spaces(catalog)
        if not spaces:
            raise CommandError(f"No pipeline of {catalog.slug} has an encoder: add one in the admin under Pipelines.")
        for space in spaces:
            self.stdout.write(_line(space))
        if done.remaining:
            raise CommandError("Items are being changed by another process: run the command again.")

    def _show(self, space: Space) -> None:
        if time.monotonic() - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            self.stdout.write(_line(space))
            self.stdout.flush()


def _line(space: Space) -> str:
    return f"{space}: {space.encoded:,} of {space.total:,} items"


def _catalog(slug: str) -> Catalog:
    catalog = Catalog.objects.filter(slug=slug).first()
    if catalog is None:
        known = ", ".join(Catalog.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no catalog {slug!r}. Catalogs: {known}.")
    return catalog
