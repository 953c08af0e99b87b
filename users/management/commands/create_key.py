"""`manage.py create_key --catalog SLUG`: an API key, shown once."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from catalog.models import Catalog
from users.keys import create_key
from users.models import Scope

SHOWN_CATALOGS = 10


class Command(BaseCommand):
    """The key goes to standard output alone, so that a script can take it; the words go to standard error."""

    help = "Makes an API key for one catalog and prints it once: only its hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--catalog", required=True, metavar="SLUG", help="The catalog that the key opens.")
        parser.add_argument(
            "--scopes",
            nargs="+",
            default=list(Scope.values),
            metavar="SCOPE",
            help=f"What the key may do: {', '.join(Scope.values)}. All of them by default.",
        )
        parser.add_argument("--name", default="", help="Who or what uses the key, shown in the admin.")
        parser.add_argument("--expires", default="", metavar="DATE", help="2027-01-31 or 2027-01-31T12:00:00+01:00.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the key and print it."""
        row, key = create_key(
            _catalog(options["catalog"]),
            _scopes(options["scopes"]),
            name=options["name"],
            expires_at=_expiry(options["expires"]),
        )
        until = f" until {row.expires_at.isoformat()}" if row.expires_at else ""
        self.stderr.write(
            f"Key of catalog {row.catalog.slug} for {', '.join(row.scopes)}{until}. "
            "It is shown this once: keep it where you keep passwords."
        )
        self.stdout.write(key)


def _catalog(slug: str) -> Catalog:
    catalog = Catalog.objects.filter(slug=slug).first()
    if catalog is None:
        slugs = list(Catalog.objects.values_list("slug", flat=True)[:SHOWN_CATALOGS])
        raise CommandError(
            f"--catalog {slug}: there is no such catalog. "
            + (f"There is {', '.join(slugs)}." if slugs else "There is none yet: `manage.py import` makes one.")
        )
    return catalog


def _scopes(values: list[str]) -> list[str]:
    scopes = [scope for value in values for scope in value.split(",") if scope]
    unknown = [scope for scope in scopes if scope not in Scope.values]
    if unknown or not scopes:
        raise CommandError(f"--scopes {' '.join(unknown)}: write one or more of {', '.join(Scope.values)}.")
    return scopes


def _expiry(value: str) -> datetime | None:
    """A day counts to its end; a time without a zone is UTC."""
    if not value:
        return None
    try:
        day = parse_date(value)
        moment = datetime.combine(day, time.max) if day else parse_datetime(value)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"--expires {value}: write a day such as 2027-01-31, or 2027-01-31T12:00:00+01:00.")
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment <= timezone.now():
        raise CommandError(f"--expires {value} is past: write a time to come, or leave it out.")
    return moment
