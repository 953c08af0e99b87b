"""How far an import is, written every second from a thread of its own, which also hears of a wish to cancel.

The connection of the import cannot do it: while it copies events it takes no other statement. Once somebody has
cancelled, the statement that the import is at is cancelled too, which may be one of minutes.
"""

from __future__ import annotations

import logging
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

import psycopg
from django.db import DatabaseError, connection, connections
from django.db.models import QuerySet
from django.utils import timezone

from catalog.exceptions import CatalogError
from catalog.importers.progress import Progress
from catalog.models import ImportRun
from catalog.wizard.rejected_table import RejectedTable

logger = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
CANCEL_SECONDS = 5.0


class ImportStoppedError(CatalogError):
    """The import was cancelled."""


class Pulse(Progress):
    """The progress of one attempt of a run. What it is told it keeps; the thread writes it."""

    def __init__(self, run: ImportRun, rejected: RejectedTable, steps: int) -> None:
        super().__init__(lambda _sentence: None)
        self.run, self.rejected, self.steps = run, rejected, steps
        self.read = 0
        self.step = ""
        self.share = 0.0
        self._met: list[str] = []
        self._import = connections[connection.alias]  # of this thread, not of the one that beats
        self._stopped = Event()
        self._over = Event()
        self._thread = Thread(target=self._beat, name=f"pulse of import {run.pk}", daemon=True)

    def say(self, step: str, done: int, share: float) -> None:
        """Keep the step and its share of the whole. Raises ImportStoppedError once somebody has cancelled."""
        if step not in self._met:
            self._met.append(step)
        self.step = step
        self.share = (self._met.index(step) + min(share, 1.0)) / max(self.steps, len(self._met))
        self.check()

    def check(self) -> None:
        """Raises ImportStoppedError once somebody has cancelled the run, or another worker has taken it over."""
        if self.stopped:
            raise ImportStoppedError

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stopped.is_set()

    def figures(self) -> dict[str, Any]:
        """As the row keeps them."""
        return {"read": self.read, "rejected": self.rejected.total, "step": self.step[:200], "progress": self.share}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        try:
            while not self._over.wait(BEAT_SECONDS):
                self._write()
        finally:
            connection.close()

    def _write(self) -> None:
        try:
            attempt(self.run).update(**self.figures(), heartbeat_at=timezone.now())
            wish = attempt(self.run).values_list("cancel_requested", flat=True).first()
        except DatabaseError as error:
            logger.warning("The progress of import %s could not be written: %s", self.run.pk, error)
            connection.close()
            return
        if wish is not False and not self.stopped:  # None: the row does not belong to this attempt any more
            self._stopped.set()
            self._cancel_statement()

    def _cancel_statement(self) -> None:
        if self._import.connection is not None:
            try:
                self._import.connection.cancel_safe(timeout=CANCEL_SECONDS)
            except psycopg.Error as error:
                logger.warning("The statement of import %s could not be cancelled: %s", self.run.pk, error)


def attempt(run: ImportRun) -> QuerySet[ImportRun]:
    """The run, as long as it belongs to this attempt."""
    return ImportRun.objects.filter(pk=run.pk, status=ImportRun.Status.RUNNING, attempts=run.attempts)
