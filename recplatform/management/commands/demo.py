"""`manage.py demo`: two catalogs, a worker and the web server; with --check it proves that they work, and ends."""

from __future__ import annotations

import sys
import time
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.models import Catalog
from recplatform import embedded
from recplatform.demo.client import Client
from recplatform.demo.credentials import api_key, passwords
from recplatform.demo.exceptions import DemoError, ProofFailedError
from recplatform.demo.guide import guide
from recplatform.demo.loading import CATALOGS, are_loaded, load
from recplatform.demo.processes import HOST, Processes, ended_by_signals, free_port, require_free
from recplatform.demo.proofs import PROOFS, Clients

PORT = 8000


class Command(BaseCommand):
    """Everything that a first look needs, in one terminal."""

    help = "Loads two catalogs, starts a worker and the web server, and prints where to look. Ctrl-C ends it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="prove through HTTP that the demo works, then end")
        parser.add_argument("--port", type=int, metavar="N", help=f"default: {PORT}; with --check any free one")

    def handle(self, *_arguments: Any, check: bool, port: int | None, **_options: Any) -> None:
        """Start, then prove or stay."""
        port = port or (free_port() if check else PORT)
        were_up = {service.name for service in embedded.status() if service.ready}
        processes = Processes()
        try:
            with ended_by_signals():
                require_free(port)
                keys, staff = self._start(processes, port)
                if check:
                    self._prove(f"http://{HOST}:{port}", keys)
                else:
                    self._stay(processes, guide(f"http://{HOST}:{port}", keys, staff))
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
            if check:
                raise CommandError("The check was interrupted.") from None
        except (DemoError, embedded.EmbeddedServiceError) as error:
            raise CommandError(str(error)) from error
        finally:
            processes.stop()
            if check and not were_up:
                embedded.stop()

    def _start(self, processes: Processes, port: int) -> tuple[dict[str, str], dict[str, str]]:
        """Services, tables, catalogs, processes; the key of each catalog, the password of each user."""
        self._tell("Starting Postgres and Redis …")
        embedded.start()
        call_command("migrate", interactive=False, verbosity=0)
        # The web server loads the encoders of what is there: meanwhile the rest of a second start is done.
        early = are_loaded()
        if early:
            self._start_web(processes, port)
        load(self._tell)
        catalogs = {one.slug: one for one in Catalog.objects.filter(slug__in=[one.slug for one in CATALOGS])}
        keys = {slug: api_key(catalog) for slug, catalog in catalogs.items()}
        staff = passwords(catalogs["shop"])
        if not early:
            self._start_web(processes, port)
        processes.wait_until_ready(port)
        processes.start_worker()
        return keys, staff

    def _start_web(self, processes: Processes, port: int) -> None:
        self._tell("Starting the web server and a worker …")
        processes.start_web(port)

    def _stay(self, processes: Processes, words: str) -> None:
        self._tell(words)
        self._tell("Ctrl-C stops the demo; `make services-stop` then stops Postgres and Redis.")
        processes.watch()

    def _prove(self, address: str, keys: dict[str, str]) -> None:
        clients = Clients(Client(address, keys["shop"]), Client(address, keys["films"]))
        failed = []
        for name, proof in PROOFS:
            start = time.monotonic()
            try:
                mark, figures = "ok  ", proof(clients)
            except ProofFailedError as error:
                mark, figures = "FAIL", str(error)
                failed.append(name)
            self._tell(f"{mark} {name} ({time.monotonic() - start:.1f} s): {figures}")
        if failed:
            raise CommandError(f"{len(failed)} of {len(PROOFS)} proofs failed: {', '.join(failed)}.")
        self._tell(f"All {len(PROOFS)} proofs hold.")

    def _tell(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()
        sys.stdout.flush()
