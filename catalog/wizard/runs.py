"""Imports: started, carried out, cancelled, and picked up again when their worker died.

The row is the only truth. Whoever carries a run out has claimed it by one conditional UPDATE, with the number of the
attempt; whatever is written later holds for that attempt only. An import changes nothing when it is run again, so one
that lost its worker simply begins anew.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.core.files import File
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from catalog.exceptions import CatalogError, RowError
from catalog.models import ImportRun
from catalog.row_types import Row
from catalog.wizard.kinds import ImportKind
from catalog.wizard.mapping import Mapping
from catalog.wizard.pulse import ImportStoppedError, Pulse, attempt
from catalog.wizard.reading import Reading, local_copy
from catalog.wizard.rejected_table import RejectedTable
from catalog.wizard.tables import Record, Table, open_table
from catalog.wizard.uploads import delete_files, kind_of

logger = logging.getLogger(__name__)

Status = ImportRun.Status
TASK = "catalog.tasks.run_import"
LOST_AFTER = timedelta(minutes=2)
MESSAGE_LOST_AFTER = timedelta(minutes=1)
MOST_ATTEMPTS = 3
WRITTEN = ("created", "changed", "stored")
CANCELLED = "It was cancelled. What was read until then stays; run it again to read the rest."
GONE = "The uploaded file was deleted: upload it again."
LOST = (
    f"Its worker ended {MOST_ATTEMPTS} times without a word. Most often that is a lack of memory: split the file, or "
    "give the worker more memory, and run it again."
)
AFRESH: dict[str, Any] = {
    "step": "", "progress": 0.0, "read": 0, "written": 0, "rejected": 0, "counts": {}, "message": "",
    "cancel_requested": False, "heartbeat_at": None, "finished_at": None,
}  # fmt: skip


def start(run: ImportRun) -> bool:
    """Let a worker carry it out, for the first time or again; false where it waits or runs already."""
    if not run.file:
        raise CatalogError(GONE)
    closed = ImportRun.objects.filter(pk=run.pk).exclude(status__in=ImportRun.OPEN)
    started = closed.update(**AFRESH, status=Status.QUEUED, attempts=0, started_at=None, queued_at=timezone.now())
    run.refresh_from_db()
    if started:
        transaction.on_commit(partial(send, run.pk))
    return bool(started)


def send(run_id: int) -> None:
    """Tell a worker. A broker that is down loses nothing: beat finds what waits."""
    try:
        current_app.send_task(TASK, args=[run_id], queue="default", retry=False)
    except Exception as error:  # whatever the transport raises, the run waits
        logger.warning("Import %d waits, since the broker cannot be reached: %s", run_id, error)


def cancel(run: ImportRun) -> ImportRun:
    """Stop it: at once while it waits or its worker is lost, else within a second or two. One that has ended stays."""
    mine = ImportRun.objects.filter(pk=run.pk)
    at_once = mine.filter(Q(status=Status.QUEUED) | _is_lost(timezone.now()))
    if not at_once.update(status=Status.CANCELLED, message=CANCELLED, finished_at=timezone.now(), step=""):
        mine.filter(status=Status.RUNNING).update(cancel_requested=True)
    run.refresh_from_db()
    return run


def recover_lost(now: datetime) -> int:
    """Runs whose worker is gone wait again, or end after too many attempts; how many there were."""
    lost = ImportRun.objects.filter(_is_lost(now))
    ended = {"finished_at": now, "step": ""}
    found = lost.filter(cancel_requested=True).update(status=Status.CANCELLED, message=CANCELLED, **ended)
    found += lost.filter(attempts__gte=MOST_ATTEMPTS).update(status=Status.FAILED, message=LOST, **ended)
    return found + lost.update(**AFRESH, status=Status.QUEUED, queued_at=now)


def waiting(now: datetime) -> QuerySet[ImportRun]:
    """Runs that have waited so long that their message may be lost."""
    return ImportRun.objects.filter(status=Status.QUEUED, queued_at__lt=now - MESSAGE_LOST_AFTER)


def carry_out(run: ImportRun) -> ImportRun:
    """Claim the run and import its file; the run as it ended. One that does not wait any more is left alone."""
    if not _claim(run):
        return run
    try:
        _import(run)
    except ImportStoppedError:
        _end(run, Status.CANCELLED, CANCELLED)
    except CatalogError as error:
        _end(run, Status.FAILED, str(error))
    except OSError as error:
        _end(run, Status.FAILED, f"A file could not be read or written ({error}). Run it again, or upload it again.")
    except Exception as error:
        logger.exception("Import %d failed", run.pk)
        told = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0][:300]}"
        _end(run, Status.FAILED, f"Unexpected {told}. The worker's log has more. Nothing is lost: run it again.")
    return run


def _import(run: ImportRun) -> None:
    reading, mapping, kind = Reading.of(run.reading), Mapping.of(run.mapping), kind_of(run)
    with run.file.open("rb") as stored, local_copy(stored, reading) as path:
        table = open_table(path, reading)
        with RejectedTable(path.with_name("rejected.csv"), [name for name, _ in mapping.columns]) as rejected:
            passed_over: dict[str, None] = {}
            pulse = Pulse(run, rejected, kind.steps)
            try:
                with pulse:
                    rows = _rows(table, kind, mapping, pulse, passed_over)
                    counts = kind.save(run.catalog_id, rows, run.original_name, rejected, pulse)
                    rejected.write_late(_watched(table, pulse))
            except DatabaseError as error:
                raise (ImportStoppedError() if pulse.stopped else error) from error
            finally:
                _note(run, pulse)
        _keep_rejected(run, rejected)
    _end(run, Status.DONE, _said(passed_over), progress=1.0, **_counted(counts))


def _rows(
    table: Table, kind: ImportKind, mapping: Mapping, pulse: Pulse, passed_over: dict[str, None]
) -> Iterator[tuple[int, Row]]:
    """The valid rows; the others are refused."""
    known = {name for name, _ in mapping.columns}
    for record in table.records(pulse):
        pulse.check()
        pulse.read += 1
        pulse.rejected.remember(record)
        passed_over.update(dict.fromkeys(record.cells.keys() - known))
        try:
            if record.error is not None:
                raise record.error
            yield record.number, kind.row.read_loosely(mapping.values(record.cells))
        except RowError as error:
            pulse.rejected.add("", record.number, error)


def _watched(table: Table, pulse: Pulse) -> Iterator[Record]:
    for record in table.records(None):
        pulse.check()
        yield record


def _note(run: ImportRun, pulse: Pulse) -> None:
    """The last figures; a connection that broke is for the end of the run to replace."""
    with suppress(DatabaseError):
        attempt(run).update(**pulse.figures())


def _keep_rejected(run: ImportRun, rejected: RejectedTable) -> None:
    delete_files(run, ("rejected_rows",))
    if rejected.total:
        with rejected.path.open("rb") as written:
            run.rejected_rows.save("rejected.csv", File(written), save=False)
    attempt(run).update(rejected_rows=run.rejected_rows.name or "", rejected=rejected.total)


def _counted(counts: Counter[str]) -> dict[str, Any]:
    return {"counts": dict(counts), "written": sum(counts[name] for name in WRITTEN)}


def _said(passed_over: dict[str, None]) -> str:
    """Keys that only appear far down in a file of JSON lines had no chance to be mapped."""
    names = ", ".join(list(passed_over)[:10])
    return f"Passed over, since the first thousand records do not have them: {names}." if names else ""


def _is_lost(now: datetime) -> Q:
    return Q(status=Status.RUNNING) & (Q(heartbeat_at__lt=now - LOST_AFTER) | Q(heartbeat_at=None))


def _claim(run: ImportRun) -> bool:
    now = timezone.now()
    waits = ImportRun.objects.filter(pk=run.pk, status=Status.QUEUED)
    claimed = waits.update(status=Status.RUNNING, attempts=F("attempts") + 1, started_at=now, heartbeat_at=now)
    run.refresh_from_db()
    return bool(claimed)


def _end(run: ImportRun, status: ImportRun.Status, message: str, **figures: Any) -> None:
    if status != Status.DONE and not connection.in_atomic_block:
        connection.close()  # with it fall the temporary tables of what was interrupted
    attempt(run).update(status=status, message=message, finished_at=timezone.now(), step="", **figures)
    run.refresh_from_db()
