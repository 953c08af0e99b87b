"""What workers do. Tasks take ids and can run twice: each finds its work in the rows."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import uuid4

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from catalog.models import Catalog
from recommender.exceptions import RecommenderError
from recommender.models import Scorecard, TrainingRun
from recommender.services import daily_figures, experiments, item_encoding, scorecards
from recommender.services.refresh import is_stale, refresh
from recommender.services.retention import sweep_recommendations
from recommender.services.spaces import sweep_spaces
from recommender.training import runs
from recommender.training.schedule import due

logger = logging.getLogger(__name__)

MESSAGE_LOST_AFTER = timedelta(minutes=1)
"""A run that waits longer gets another message; a worker that is only busy drops one of the two."""
TURN_SECONDS = 60
STRETCH_SECONDS = 5.0
"""A catalog is encoded in stretches; between two of them the items that were just saved get their turn."""


@shared_task(name="recommender.tasks.encode_items")  # type: ignore[untyped-decorator]  # celery ships no types
def encode_items(catalog_id: int, item_ids: list[int] | None = None, turn: str = "") -> None:
    """Encode these items, or (a stretch of) all that is stale in the catalog."""
    catalog = Catalog.objects.filter(pk=catalog_id).first()
    if catalog is None:
        return
    if item_ids is not None:
        _report(catalog, item_encoding.encode_items(catalog, item_ids))
        return
    turn = _take_turn(catalog_id, turn)
    if not turn:
        return
    done = item_encoding.encode_items(catalog, seconds=STRETCH_SECONDS)
    _report(catalog, done)
    if done.remaining and done.stored:
        encode_items.delay(catalog_id, turn=turn)  # behind what waits in the queue
    else:
        cache.delete(_turn_key(catalog_id))


@shared_task(name="recommender.tasks.encode_stale")  # type: ignore[untyped-decorator]  # celery ships no types
def encode_stale() -> None:
    """By beat: look through every catalog, so that a message that was lost loses nothing."""
    for catalog_id in Catalog.objects.values_list("pk", flat=True):
        encode_items.delay(catalog_id)


def _take_turn(catalog_id: int, turn: str) -> str:
    """One chain of stretches per catalog, however often beat asks for one: the chain's token, or nothing."""
    key = _turn_key(catalog_id)
    if turn:
        if cache.get(key, turn) != turn:
            return ""
        cache.set(key, turn, TURN_SECONDS)
        return turn
    token = uuid4().hex
    return token if cache.add(key, token, TURN_SECONDS) else ""


def _turn_key(catalog_id: int) -> str:
    return f"encode-turn:{catalog_id}"


def _report(catalog: Catalog, done: item_encoding.Encoding) -> None:
    for problem in done.problems:
        logger.warning("Catalog %s is not encoded completely: %s", catalog.slug, problem)


@shared_task(name="recommender.tasks.refresh_catalogs")  # type: ignore[untyped-decorator]  # celery ships no types
def refresh_catalogs() -> None:
    """By beat: count again where events or items have come since."""
    for catalog in Catalog.objects.all():
        if is_stale(catalog):
            refresh_catalog.delay(catalog.pk)


@shared_task(name="recommender.tasks.refresh_catalog")  # type: ignore[untyped-decorator]  # celery ships no types
def refresh_catalog(catalog_id: int) -> None:
    """Refresh what one catalog's lists rest on. A second run that finds nothing new does nothing."""
    catalog = Catalog.objects.filter(pk=catalog_id).first()
    if catalog is not None and is_stale(catalog):
        refresh(catalog)


@shared_task(name="recommender.tasks.count_experiments")  # type: ignore[untyped-decorator]  # celery ships no types
def count_experiments() -> None:
    """By beat: what came of the experiments that run, for those whose counting takes too long to be done on a page."""
    experiments.keep_count()


@shared_task(name="recommender.tasks.count_days")  # type: ignore[untyped-decorator]  # celery ships no types
def count_days() -> None:
    """By beat: what came of the answers of the last days, for the admin's first page."""
    daily_figures.count_all_days()


@shared_task(name="recommender.tasks.make_scorecard")  # type: ignore[untyped-decorator]  # celery ships no types
def make_scorecard(scorecard_id: int) -> None:
    """Make a scorecard that waits, or one whose worker died. One that has ended stays as it is."""
    waiting = (Scorecard.Status.QUEUED, Scorecard.Status.RUNNING)
    scorecard = Scorecard.objects.select_related("pipeline").filter(pk=scorecard_id, status__in=waiting).first()
    if scorecard is not None:
        scorecards.make(scorecard)


@shared_task(name="recommender.tasks.train_pipeline")  # type: ignore[untyped-decorator]  # celery ships no types
def train_pipeline(run_id: int) -> None:
    """Carry a training run out. A second message about it finds it claimed and does nothing."""
    run = TrainingRun.objects.select_related("catalog", "pipeline").filter(pk=run_id).first()
    if run is not None:
        runs.carry_out(run)


@shared_task(name="recommender.tasks.train_due")  # type: ignore[untyped-decorator]  # celery ships no types
def train_due() -> None:
    """By beat: pick up runs whose worker or message was lost, and queue a run wherever one is due."""
    runs.recover_lost()
    for run in runs.waiting(timezone.now() - MESSAGE_LOST_AFTER):
        train_pipeline.delay(run.pk)
    for catalog in Catalog.objects.all():
        if why := due(catalog):
            _train(catalog, why)


def _train(catalog: Catalog, why: str) -> None:
    try:
        run = runs.enqueue(catalog)
    except RecommenderError as error:
        logger.info("Catalog %s is not trained now: %s", catalog.slug, error)
        return
    runs.send(run)
    logger.info("Catalog %s will be trained (run %s): %s", catalog.slug, run.pk, why)


@shared_task(name="recommender.tasks.sweep")  # type: ignore[untyped-decorator]  # celery ships no types
def sweep() -> None:
    """By beat: drop retired spaces, and recorded answers that are too old or whose catalog is gone."""
    sweep_spaces()
    sweep_recommendations()
