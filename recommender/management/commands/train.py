"""`manage.py train --catalog SLUG`: learn from the catalog's events and texts, and go live when it is better."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from time import monotonic, perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.models import Catalog
from recommender.exceptions import RecommenderError
from recommender.models import ModelVersion, Pipeline, TrainingRun
from recommender.services.learned_pipeline import learned_pipeline
from recommender.services.refresh import refresh
from recommender.training import runs, verdicts

SECONDS_BETWEEN_LINES = 5.0


class Command(BaseCommand):
    """Counts, trains, asks the gate. Ctrl-C cancels: what was live stays live."""

    help = "Train a catalog's learned pipeline at once, with progress; it goes live only if it beats the live one."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to train, and how much of it."""
        parser.add_argument("--catalog", required=True, metavar="SLUG")
        parser.add_argument(
            "--pipeline", default="", metavar="SLUG", help="The catalog's learned pipeline when left out."
        )
        parser.add_argument("--seed", type=int, default=0, metavar="N", help="Decides all chance (%(default)s).")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--queue", action="store_true", help="Hand it to a worker and print the run's number.")
        how.add_argument(
            "--figures-only", action="store_true", help="Only count again: counters, neighbours, whitening."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, telling each step."""
        catalog = Catalog.objects.filter(slug=options["catalog"]).first()
        if catalog is None:
            known = ", ".join(Catalog.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no catalog {options['catalog']!r}. Catalogs: {known}.")
        if options["figures_only"]:
            self._count(catalog)
            return
        run = self._ordered(catalog, options)
        if options["queue"]:
            runs.send(run)
            self.stdout.write(f"Training run {run.pk} of “{run.pipeline}” waits for a worker (queue train).")
        else:
            self._carry_out(run)

    def _count(self, catalog: Catalog) -> None:
        start = perf_counter()
        figures = refresh(catalog, self._tell_counting)
        self.stdout.write(
            f"{catalog.slug}: {figures.events:,} events on {figures.items_with_events:,} of {figures.items:,} items "
            f"learned in {perf_counter() - start:.1f} s."
        )

    def _tell_counting(self, step: str, done: int, total: int) -> None:
        share = f" {100 * done // total} %" if done else ""
        self.stdout.write(f"  {step}{share}")

    def _ordered(self, catalog: Catalog, options: dict[str, Any]) -> TrainingRun:
        """A new run; or the same one that waits already, such as that of a process which was killed."""
        if options["seed"] < 0:
            raise CommandError(f"--seed is {options['seed']}: give 0 or more.")
        runs.recover_lost()
        try:
            pipeline = self._pipeline(catalog, options["pipeline"]) or learned_pipeline(catalog)
            same = {"pipeline": pipeline, "seed": options["seed"], "status": TrainingRun.Status.QUEUED}
            waiting = TrainingRun.objects.filter(catalog=catalog, **same).first()
            return waiting or runs.enqueue(catalog, pipeline, options["seed"])
        except RecommenderError as error:
            raise CommandError(str(error)) from error

    def _pipeline(self, catalog: Catalog, slug: str) -> Pipeline | None:
        if not slug:
            return None
        pipeline = Pipeline.objects.filter(catalog=catalog, slug=slug).first()
        if pipeline is None:
            known = ", ".join(Pipeline.objects.filter(catalog=catalog).values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"“{catalog}” has no pipeline {slug!r}. Pipelines: {known}.")
        return pipeline

    def _carry_out(self, run: TrainingRun) -> None:
        start = perf_counter()
        lines = _Lines(self, run)
        try:
            with lines.interruptible():
                runs.carry_out(run, lines)
        except KeyboardInterrupt:
            raise CommandError(f"Training run {run.pk} was cancelled. What was live stays live.") from None
        if run.status != TrainingRun.Status.DONE:
            raise CommandError(f"Training run {run.pk} {run.status}: {run.reason}")
        version = ModelVersion.objects.filter(run=run).first()
        if version is not None:
            self._report(version, perf_counter() - start)

    def _report(self, version: ModelVersion, seconds: float) -> None:
        self.stdout.write(f"{version}, {verdicts.headline(version)}. {seconds:.1f} s.")
        for reason in verdicts.reasons(version):
            self.stdout.write(f"  {reason}")


class _Lines:
    """A line for each step, and one every few seconds within a long one."""

    def __init__(self, command: BaseCommand, run: TrainingRun) -> None:
        self.command, self.run = command, run
        self.step, self.told = "", float("-inf")
        self.interrupted = False

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Inside, the first Ctrl-C ends the training at its next step, the second one at once.

        An interrupt in the middle of an import or of somebody's callback may be swallowed there; between steps none is.
        """
        if current_thread() is not main_thread():  # only there Python takes signals
            yield
            return
        before = signal.getsignal(signal.SIGINT)

        def noted(number: int, frame: Any) -> None:
            self.interrupted = True
            signal.signal(signal.SIGINT, before)
            self.command.stderr.write("Stopping at the next step; Ctrl-C again stops at once.")

        signal.signal(signal.SIGINT, noted)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def __call__(self, step: str, done: int, total: int) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        if step == self.step and monotonic() - self.told < SECONDS_BETWEEN_LINES:
            return
        of = f" ({done:,} of {total:,})" if done else ""
        self.command.stdout.write(f"  {100 * self.run.progress:3.0f} %  {step}{of}")
        self.command.stdout.flush()
        self.step, self.told = step, monotonic()
