"""Training runs: ordered, carried out, cancelled, and picked up again when their worker died.

The row is the only truth. Whoever carries a run out has claimed it by one conditional UPDATE, with the number of the
attempt; whatever is written later holds for that attempt only, so a worker that was given up for lost and wakes again
changes nothing. A heartbeat from a thread of its own says that the process lives: a single fit may take minutes without
telling anything, and a process that was killed stops at once. It also writes the step that was told last.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Thread
from time import monotonic

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.utils import timezone

from catalog.models import Catalog
from recommender.exceptions import PipelineNotFoundError, RecommenderError, TrainingBusyError
from recommender.models import ModelVersion, Pipeline, TrainingRun
from recommender.plugins.exceptions import PluginError
from recommender.plugins.training import Tell, TrainingCancelledError, silent
from recommender.services.learned_pipeline import learned_pipeline
from recommender.training.progress import Course

logger = logging.getLogger(__name__)

Status = TrainingRun.Status
Train = Callable[[TrainingRun, Tell], ModelVersion | None]
HEARTBEAT_SECONDS = 5.0
LOST_AFTER = timedelta(minutes=2)
"""Twenty-four heartbeats: a machine that swaps or a database that restarts is not taken for a dead worker."""
MOST_ATTEMPTS = 3
SECONDS_BETWEEN_WRITES = 1.0
WAITING = "waiting for a worker"
CANCELLED = "It was cancelled. What was live stays live."
TOO_LITTLE = "There was too little to learn from. What was live stays live."
LOST = (
    f"Its worker ended {MOST_ATTEMPTS} times without a word. Most often that is a lack of memory: see the system's "
    "log, give the worker more memory, or take the largest plugins out of the pipeline, and start it again."
)


def enqueue(catalog: Catalog, pipeline: Pipeline | None = None, seed: int = 0) -> TrainingRun:
    """A run that waits, of the catalog's learned pipeline unless another is given. `send` tells the workers.

    Raises:
        TrainingBusyError: the catalog has an open run. The database has the last word between two processes.
    """
    pipeline = pipeline or learned_pipeline(catalog)
    if pipeline.catalog_id != catalog.pk:
        raise PipelineNotFoundError(pipeline.slug)
    try:
        with transaction.atomic():
            return TrainingRun.objects.create(catalog=catalog, pipeline=pipeline, seed=seed, step=WAITING)
    except IntegrityError as error:
        raise _busy(catalog) from error


def open_run(catalog: Catalog) -> TrainingRun | None:
    """The run of the catalog that waits or is carried out."""
    return TrainingRun.objects.select_related("pipeline").filter(catalog=catalog, status__in=TrainingRun.OPEN).first()


def _busy(catalog: Catalog) -> TrainingBusyError:
    run = open_run(catalog)
    if run is None:
        return TrainingBusyError()
    return TrainingBusyError(str(catalog), f"run {run.pk} of “{run.pipeline}”", run.status, run.step)


def send(run: TrainingRun) -> None:
    """Let a worker carry it out, once this transaction is committed."""
    from recommender.tasks import train_pipeline  # tasks call this module: at the top it would be a circle

    transaction.on_commit(partial(train_pipeline.delay, run.pk))


def carry_out(run: TrainingRun, tell: Tell = silent, train: Train | None = None) -> TrainingRun:
    """Claim the run and train; the run as it ended. One that does not wait any more is left alone.

    `tell` hears of every step too. `train` is `recommender.training.trainer.train` unless given. What goes wrong is
    kept as the run's reason; only an interrupt from the keyboard is raised again, after the run was cancelled.
    """
    if not _claim(run):
        return run
    course = Course(_last_course(run))
    with _heartbeat(run):
        try:
            version = (train or _trainer())(run, _Reporter(run, course, tell))
        except TrainingCancelledError:
            return _end(run, Status.CANCELLED, CANCELLED)
        except KeyboardInterrupt:
            _end(run, Status.CANCELLED, CANCELLED)
            raise
        except (RecommenderError, PluginError) as error:
            return _end(run, Status.FAILED, str(error))
        except Exception as error:
            logger.exception("Training run %s of %s failed", run.pk, run.pipeline)
            return _end(run, Status.FAILED, _unexpected(error))
    if version is None:
        return _end(run, Status.FAILED, TOO_LITTLE)
    _keep_course(version, course)
    return _end(run, Status.DONE, "", progress=1.0)


def cancel(run: TrainingRun) -> TrainingRun:
    """Stop it: at once while it waits or its worker is lost, else at its next step. One that has ended stays."""
    now, mine = timezone.now(), TrainingRun.objects.filter(pk=run.pk)
    at_once = mine.filter(status=Status.QUEUED) | mine.filter(_is_lost(now))
    ended = {"status": Status.CANCELLED, "reason": CANCELLED, "finished_at": now, "step": ""}
    if not at_once.update(**ended, cancel_requested=True):
        mine.filter(status=Status.RUNNING).update(cancel_requested=True)
    run.refresh_from_db()
    return run


def recover_lost(now: datetime | None = None) -> int:
    """Runs whose worker is gone wait again, or fail after too many attempts; how many there were."""
    now = now or timezone.now()
    lost = TrainingRun.objects.filter(_is_lost(now))
    found = lost.filter(cancel_requested=True).update(
        status=Status.CANCELLED, reason=CANCELLED, finished_at=now, step=""
    )
    found += lost.filter(attempts__gte=MOST_ATTEMPTS).update(
        status=Status.FAILED, reason=LOST, finished_at=now, step=""
    )
    found += lost.update(status=Status.QUEUED, step=WAITING, done=0, total=0, progress=0.0, heartbeat_at=None)
    if found:
        logger.warning("%s training runs had lost their worker", found)
    return found


def waiting(since: datetime) -> QuerySet[TrainingRun]:
    """Runs that were queued before that time and still wait: their message may be lost."""
    return TrainingRun.objects.filter(status=Status.QUEUED, queued_at__lt=since)


def _is_lost(now: datetime) -> Q:
    return Q(status=Status.RUNNING) & (Q(heartbeat_at__lt=now - LOST_AFTER) | Q(heartbeat_at=None))


def _claim(run: TrainingRun) -> bool:
    now = timezone.now()
    claimed = TrainingRun.objects.filter(pk=run.pk, status=Status.QUEUED).update(
        status=Status.RUNNING,
        attempts=F("attempts") + 1,
        started_at=now,
        heartbeat_at=now,
        step="starting",
        progress=0.0,
        reason="",
    )
    run.refresh_from_db()
    return bool(claimed)


def _mine(run: TrainingRun) -> QuerySet[TrainingRun]:
    """The run, as long as it belongs to this attempt."""
    return TrainingRun.objects.filter(pk=run.pk, status=Status.RUNNING, attempts=run.attempts)


def _write(run: TrainingRun) -> None:
    figures = {"step": run.step, "done": run.done, "total": run.total, "progress": run.progress}
    _mine(run).update(**figures, heartbeat_at=timezone.now())


class _Reporter:
    """The `tell` of a run: writes at most once a second how far it is, and notices that it was cancelled."""

    def __init__(self, run: TrainingRun, course: Course, tell: Tell) -> None:
        self.run, self.course, self.also = run, course, tell
        self._written = float("-inf")

    def __call__(self, step: str, done: int, total: int) -> None:
        self.run.step, self.run.done, self.run.total = step[:200], max(done, 0), max(total, 0)
        self.run.progress = self.course.at(step, done, total)
        if monotonic() - self._written >= SECONDS_BETWEEN_WRITES:
            self._write()
        self.also(step, done, total)

    def _write(self) -> None:
        run = self.run
        cancelled = _mine(run).values_list("cancel_requested", flat=True).first()
        if cancelled is None:
            raise TrainingCancelledError("Another worker has taken this run over.")
        if cancelled:
            raise TrainingCancelledError
        _write(run)
        self._written = monotonic()


@contextmanager
def _heartbeat(run: TrainingRun) -> Iterator[None]:
    over = Event()
    thread = Thread(target=_beat, args=(run, over), name=f"heartbeat of training run {run.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(run: TrainingRun, over: Event) -> None:
    """With a connection of its own: that of the training may be in the middle of a long statement."""
    try:
        while not over.wait(HEARTBEAT_SECONDS):
            try:
                _write(run)
            except DatabaseError as error:
                logger.warning("The heartbeat of training run %s could not be written: %s", run.pk, error)
                connection.close()
    finally:
        connection.close()


def _trainer() -> Train:
    from recommender.training.trainer import train  # only those who train load what training needs

    return train


def _end(run: TrainingRun, status: TrainingRun.Status, reason: str, **figures: float) -> TrainingRun:
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()  # one that broke would keep the run from ending
    _mine(run).update(status=status, reason=reason, finished_at=timezone.now(), step="", **figures)
    run.refresh_from_db()
    return run


def _unexpected(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "There is not enough memory. Give the worker more, or take the largest plugins out of the pipeline."
    first_line = str(error).strip().partition("\n")[0].rstrip(".")
    told = f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
    return (
        f"Unexpected {told}. The worker's log has the traceback. Take the plugin that it names out of the pipeline, or "
        "report it; then start the training again. What was live stays live."
    )


def _last_course(run: TrainingRun) -> Sequence[Sequence[str | float]]:
    """The steps of the last training of this pipeline, or of any: they are much the same everywhere."""
    versions = ModelVersion.objects.filter(metrics__has_key="steps")
    own_first = Case(When(pipeline=run.pipeline_id, then=0), default=1)
    found: Sequence[Sequence[str | float]] | None = (
        versions.order_by(own_first, "-id").values_list("metrics__steps", flat=True).first()
    )
    return found or ()


def _keep_course(version: ModelVersion, course: Course) -> None:
    if steps := course.taken():
        version.metrics = {**version.metrics, "steps": steps}
        ModelVersion.objects.filter(pk=version.pk).update(metrics=version.metrics)
