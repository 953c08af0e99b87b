"""When a catalog trains by itself: for the first time, when its events have grown, and at night."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from catalog.models import Catalog
from recommender.models import ModelVersion, Space, TrainingRun
from recommender.training.runs import open_run
from users.models import Event

FEWEST_EVENTS = 300
"""With fewer a first training is not worth trying: the gate could not decide anything."""


def due(catalog: Catalog, now: datetime | None = None) -> str:
    """Why the catalog should be trained now, in words; empty where it need not.

    A run counts however it ended: one that failed, was cancelled or did not pass the gate is tried again with the next
    growth or the next night, not at once.
    """
    if open_run(catalog) is not None:
        return ""
    last = TrainingRun.objects.filter(catalog=catalog, started_at__isnull=False).first()
    if last is None or last.started_at is None:
        return _for_the_first_time(catalog)
    if _has_moved(catalog, last.started_at):
        return "its texts are encoded anew, and what was learned in the old space says nothing in the new one"
    before, new = _events(catalog, last.started_at)
    if not new or before + new < FEWEST_EVENTS:
        return ""
    if settings.TRAIN_GROWTH and new >= settings.TRAIN_GROWTH / 100 * before:
        return f"{new:,} events have come since the last training, which had {before:,}"
    night = _last_night(now or timezone.now())
    if night is not None and last.started_at < night:
        return f"{new:,} events have come since the last night's training"
    return ""


def _for_the_first_time(catalog: Catalog) -> str:
    if not settings.TRAIN_GROWTH or _is_being_encoded(catalog):
        return ""
    events = Event.objects.filter(catalog=catalog).count()
    return f"it has {events:,} events and was never trained" if events >= FEWEST_EVENTS else ""


def _is_being_encoded(catalog: Catalog) -> bool:
    """Whether its first texts are not ready: a training now would learn nothing of them."""
    statuses = set(Space.objects.filter(catalog=catalog).values_list("status", flat=True))
    return Space.Status.BUILDING in statuses and Space.Status.LIVE not in statuses


def _has_moved(catalog: Catalog, since: datetime) -> bool:
    """Whether a live version was trained in a text space that is no longer live."""
    live = set(Space.objects.filter(catalog=catalog, status=Space.Status.LIVE).values_list("pk", flat=True))
    versions = ModelVersion.objects.filter(catalog=catalog, status=ModelVersion.Status.LIVE, live_at__lte=since)
    newest = Space.objects.filter(catalog=catalog, status=Space.Status.LIVE, live_at__gt=since)
    return newest.exists() and any(
        not live.issuperset(spaces) for spaces in versions.values_list("text_spaces", flat=True)
    )


def _events(catalog: Catalog, since: datetime) -> tuple[int, int]:
    """How many there were then, and how many came after."""
    counts = Event.objects.filter(catalog=catalog).aggregate(
        before=Count("id", filter=Q(received_at__lte=since)), new=Count("id", filter=Q(received_at__gt=since))
    )
    return counts["before"], counts["new"]


def _last_night(now: datetime) -> datetime | None:
    """The last time that the hour of training began; None where nothing trains at night."""
    if settings.TRAIN_HOUR < 0:
        return None
    here = timezone.localtime(now)
    begins = here.replace(hour=settings.TRAIN_HOUR, minute=0, second=0, microsecond=0)
    return begins if begins <= here else begins - timedelta(days=1)
