"""What of a catalog may need somebody: spaces, trainings, imports, drafts, candidates, incomplete answers, silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db.models import Exists, F, OuterRef

from catalog.models import ImportRun
from recommender.models import ModelVersion, Pipeline, Placement, Space, TrainingRun
from recommender.selectors.drafts import draft_differs, with_states
from recommender.selectors.revisions import Subject
from recommender.selectors.staleness import Staleness, staleness
from users.models import Event

ENCODE_QUEUE = "encode"
REDIS_SECONDS = 0.25
RECENT = timedelta(days=14)
"""A failed import of longer ago concerns nobody any more."""
MOST = 5
"""Of each sort so many are told."""


@dataclass(frozen=True)
class SpaceState:
    """A space that is live or being built, with its stale vectors; None of one that is being built."""

    space: Space
    stale: Staleness | None


def spaces(catalog_id: int) -> list[SpaceState]:
    """The encoders' spaces that requests read, or that are on their way."""
    statuses = (Space.Status.LIVE, Space.Status.BUILDING)
    found = Space.objects.filter(catalog=catalog_id, status__in=statuses).defer("whitening", "settings")
    rows = found.select_related("configuration").order_by("-status", "-pk")[:MOST]
    return [SpaceState(one, staleness(one) if one.status == Space.Status.LIVE else None) for one in rows]


def waiting_to_encode() -> int | None:
    """Messages in the queue of the encoding workers, of all catalogs; None where Redis does not answer."""
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
        ) as broker:
            return int(broker.llen(ENCODE_QUEUE))
    except redis.RedisError:
        return None


def failed_training(catalog_id: int) -> TrainingRun | None:
    """The newest training that has ended, if it failed."""
    ended = TrainingRun.objects.filter(catalog=catalog_id).exclude(status__in=TrainingRun.OPEN)
    newest = ended.select_related("pipeline").order_by("-pk").first()
    return newest if newest is not None and newest.status == TrainingRun.Status.FAILED else None


def failed_imports(catalog_id: int, now: datetime) -> Sequence[ImportRun]:
    """Imports that failed and after which none of their kind was done."""
    later = ImportRun.objects.filter(
        catalog=catalog_id, kind=OuterRef("kind"), status=ImportRun.Status.DONE, uploaded_at__gt=OuterRef("uploaded_at")
    )
    failed = ImportRun.objects.filter(catalog=catalog_id, status=ImportRun.Status.FAILED, uploaded_at__gte=now - RECENT)
    return list(failed.exclude(Exists(later)).order_by("-pk")[:MOST])


def waiting_drafts(catalog_id: int) -> list[Subject]:
    """Pipelines and placements whose drafts differ from what answers."""
    pipelines = with_states(Pipeline.objects.filter(catalog=catalog_id))
    placements = with_states(Placement.objects.filter(catalog=catalog_id))
    rows: list[Subject] = [*pipelines, *placements]
    return [row for row in rows if draft_differs(row)]


def undecided_versions(catalog_id: int) -> Sequence[ModelVersion]:
    """Candidates after which nothing came of their pipeline: neither another candidate nor a version that is live."""
    later = ModelVersion.objects.filter(pipeline=OuterRef("pipeline"), number__gt=OuterRef("number"))
    found = ModelVersion.objects.filter(catalog=catalog_id, status=ModelVersion.Status.CANDIDATE)
    undecided = found.exclude(Exists(later)).select_related("pipeline").defer("metrics", "verdict", "settings")
    return list(undecided.order_by("-pk")[:MOST])


def newest_event(catalog_id: int) -> datetime | None:
    """The time of the newest event that has one; from the index, whatever the number of events."""
    times = Event.objects.filter(catalog=catalog_id).order_by(F("occurred_at").desc(nulls_last=True))
    return times.values_list("occurred_at", flat=True).first()
