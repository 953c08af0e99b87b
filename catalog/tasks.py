"""What workers do with uploads. Tasks take ids and can run twice: each finds its work in the rows."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from catalog.models import ImportRun
from catalog.wizard import runs
from catalog.wizard.uploads import sweep_files


@shared_task(name=runs.TASK)  # type: ignore[untyped-decorator]  # celery ships no types
def run_import(run_id: int) -> None:
    """Import an uploaded file. A second message about it finds it claimed and does nothing."""
    run = ImportRun.objects.filter(pk=run_id).first()
    if run is not None:
        runs.carry_out(run)


@shared_task(name="catalog.tasks.pick_up_imports")  # type: ignore[untyped-decorator]  # celery ships no types
def pick_up_imports() -> None:
    """By beat: imports whose worker or message was lost."""
    now = timezone.now()
    runs.recover_lost(now)
    for run_id in runs.waiting(now).values_list("pk", flat=True):
        runs.send(run_id)


@shared_task(name="catalog.tasks.sweep_uploads")  # type: ignore[untyped-decorator]  # celery ships no types
def sweep_uploads() -> None:
    """By beat: delete uploaded files that are kept no longer."""
    sweep_files(timezone.now())
