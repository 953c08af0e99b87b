"""Model versions on their way: published as candidates, promoted, rolled back, and forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from recommender.models import Configuration, LearnedNeighbours, ModelVersion, Pipeline, Space
from recommender.plugins.types import Ids, Vectors
from recommender.services.item_vectors import Text, store
from recommender.services.partitions import analyze, build_index, create_partition
from recommender.training import model_store
from recommender.training.worlds import Trained
from users.models import User

Status = ModelVersion.Status
VERSIONS_KEPT = 4
"""Of a pipeline: the live one and those that can be rolled back to. Candidates that lost count too."""
ROWS = 2_000


def publish(version: ModelVersion, items: Ids, trained: Mapping[str, Trained], folder: Path) -> None:
    """Write what a version learned: spaces with their indexes, item-to-item rows, files. Nobody reads it yet.

    A process that dies in here leaves a candidate without checksums, which cannot go live; `prune` takes it away.
    """
    rankers = {one.slug: one for one in Configuration.objects.filter(catalog=version.catalog, kind="ranker")}
    for slug, learned in trained.items():
        if learned.vectors is not None:
            _publish_space(version, rankers[slug], items, learned.vectors)
        if learned.packed:
            _publish_rows(version, slug, learned)
    version.tables = {slug: list(one.measures) for slug, one in trained.items() if one.measures}
    version.checksums = model_store.put(str(version.pk), folder)
    version.save(update_fields=["tables", "checksums"])


def _publish_space(version: ModelVersion, ranker: Configuration, items: Ids, vectors: Vectors) -> None:
    space = Space.objects.create(
        catalog=version.catalog,
        configuration=ranker,
        model_version=version,
        plugin=ranker.plugin,
        settings=ranker.settings,
        source_hash=f"model version {version.pk}",
        dimension=vectors.shape[1],
        status=Space.Status.TRAINED,
        live_at=timezone.now(),
    )
    create_partition(space)
    known = np.flatnonzero(vectors.any(axis=1))
    hashes = _text_hashes(version.catalog_id)
    rows = [(place, int(items[place])) for place in known.tolist() if int(items[place]) in hashes]
    stored = 0
    for start in range(0, len(rows), ROWS):
        part = rows[start : start + ROWS]
        texts = [Text(item_id, "", hashes[item_id]) for _, item_id in part]
        stored += store(space, texts, vectors[[place for place, _ in part]])
    build_index(space)
    analyze(space)
    Space.objects.filter(pk=space.pk).update(encoded=stored, total=len(items))


def _text_hashes(catalog_id: int) -> dict[int, UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, text_hash FROM catalog_item WHERE catalog_id = %s", [catalog_id])
        return dict(cursor.fetchall())


def _publish_rows(version: ModelVersion, slug: str, learned: Trained) -> None:
    alive = _text_hashes(version.catalog_id)
    rows = (
        LearnedNeighbours(model_version=version, item_id=item_id, slug=slug, packed=packed)
        for item_id, packed in learned.packed.items()
        if item_id in alive
    )
    LearnedNeighbours.objects.bulk_create(rows, batch_size=ROWS)


@transaction.atomic
def promote(version: ModelVersion, by: User | None = None, reason: str = "") -> ModelVersion:
    """Make the version live, and its pipeline the catalog's default. The next answer already comes from it.

    Going live is this one transaction: an answer that began before it ends with the old version, which stays as it is.
    """
    version = _locked(version)
    if not version.checksums:
        raise ValueError(f"{version} was not published completely: train again.")
    before = Pipeline.objects.filter(catalog=version.catalog, is_default=True).exclude(pk=version.pipeline_id).first()
    if before is not None or version.status != Status.LIVE:  # one promoted twice still knows what was there before
        version.took_over_from = before
    _retire_live(version.pipeline)
    version.status, version.live_at, version.retired_at = Status.LIVE, timezone.now(), None
    version.decided_by, version.override_reason = by, reason
    version.save()
    _make_default(version.pipeline)
    return version


@transaction.atomic
def roll_back(pipeline: Pipeline, by: User | None = None) -> ModelVersion | None:
    """Undo the last promotion: the version before it answers again, or the pipeline that was the default before.

    Where another pipeline is the default by now, it stays: only what this one answers when it is named changes.
    """
    live = ModelVersion.objects.filter(pipeline=pipeline, status=Status.LIVE).first()
    if live is None:
        raise ValueError(f"{pipeline} has no live version to roll back.")
    live = _locked(live)
    previous = _before(live)
    _retire_live(pipeline, by)
    if previous is None:
        if live.took_over_from is not None and live.pipeline.is_default:
            _make_default(live.took_over_from)
        return None
    previous.status, previous.retired_at, previous.decided_by = Status.LIVE, None, by
    previous.save(update_fields=["status", "retired_at", "decided_by"])
    return previous


def prune(pipeline: Pipeline) -> int:
    """Forget versions beyond the newest few, with their spaces, rows and files; the number forgotten.

    What a rollback would bring back stays, however many candidates have lost since.
    """
    live = ModelVersion.objects.filter(pipeline=pipeline, status=Status.LIVE).first()
    idle = ModelVersion.objects.filter(pipeline=pipeline).exclude(status=Status.LIVE)
    back = None if live is None else _before(live)
    gone = [version for version in idle.order_by("-id")[VERSIONS_KEPT:] if version != back]
    for version in gone:
        key = str(version.pk)
        version.delete()  # the tables of its spaces fall with the next sweep
        model_store.remove(key)
    return len(gone)


def _before(live: ModelVersion) -> ModelVersion | None:
    """The version that a rollback of this live one brings back; none where it took over from another pipeline."""
    if live.took_over_from_id is not None:
        return None
    earlier = ModelVersion.objects.filter(pipeline=live.pipeline_id, status=Status.RETIRED, live_at__lt=live.live_at)
    return earlier.exclude(checksums={}).order_by("-live_at").first()


def _locked(version: ModelVersion) -> ModelVersion:
    """The version as it is now; two promotions in one catalog wait for each other."""
    list(Pipeline.objects.select_for_update().filter(catalog=version.catalog_id).order_by("id"))
    return ModelVersion.objects.select_related("pipeline", "catalog", "took_over_from").get(pk=version.pk)


def _retire_live(pipeline: Pipeline, by: User | None = None) -> None:
    live = ModelVersion.objects.filter(pipeline=pipeline, status=Status.LIVE)
    live.update(status=Status.RETIRED, retired_at=timezone.now(), **({"decided_by": by} if by else {}))


def _make_default(pipeline: Pipeline) -> None:
    Pipeline.objects.filter(catalog=pipeline.catalog_id, is_default=True).exclude(pk=pipeline.pk).update(
        is_default=False
    )
    Pipeline.objects.filter(pk=pipeline.pk).update(is_default=True)
