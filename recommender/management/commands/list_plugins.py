"""`manage.py list_plugins`: every installed plugin, one a line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from recommender.plugins.registry import Installed, installed

HEADINGS = ("KIND", "NAME", "VERSION", "PROBLEMS")


class Command(BaseCommand):
    """Kind, name, version and problems, in columns."""

    help = "List every installed plugin: kind, name, version and what keeps it from being used."
    requires_system_checks: list[str] = []  # they would tell the same problems once more

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the lines; a plugin without problems says “ok”."""
        rows = [HEADINGS, *(_row(entry) for entry in installed().values())]
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS) - 1)]
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
            self.stdout.write("  ".join([*cells, row[-1]]))


def _row(entry: Installed) -> tuple[str, str, str, str]:
    problem = " ".join(entry.problem.split())  # whatever an import raised stays on its line
    return entry.kind, entry.name, f"{entry.distribution} {entry.version}", problem or "ok"
