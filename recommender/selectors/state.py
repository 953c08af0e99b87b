"""What an answer rests on besides the request, with versions that are cheap to read: pipeline, spaces, figures."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import DEFAULT_DB_ALIAS

from recommender.exceptions import PipelineNotFoundError, PlacementNotFoundError
from recommender.models import Space
from recommender.plugins.types import SpaceInfo
from recommender.selectors.sql import fetch


@dataclass(frozen=True, slots=True)
class State:
    """The pipeline to run and the versions of everything it reads; the live spaces, newest first.

    `model_version_id` is the pipeline's live model version, 0 without one, `trained` the spaces of that version.
    `placement_id` is 0 where the request names no placement.
    """

    catalog_id: int
    language: str
    pipeline_id: int
    pipeline_slug: str
    pipeline_version: int
    figures_version: int
    model_version_id: int
    placement_id: int
    placement_version: int
    placement_slug: str
    spaces: tuple[Space, ...]
    trained: tuple[Space, ...] = ()


OWN_COLUMNS = (
    "c.id, c.language, p.id, p.slug, p.version, coalesce(s.version, 0), coalesce(m.id, 0), "
    "coalesce(a.id, 0), coalesce(a.version, 0), coalesce(a.slug, '')"
)
OWN = 10
PLACEMENT = (
    "LEFT JOIN recommender_placement a ON a.catalog_id = c.id AND a.slug = %(placement)s AND a.version > 0 "
    "LEFT JOIN recommender_revision r ON r.placement_id = a.id AND r.version = a.version "
)
NO_PLACEMENT = "LEFT JOIN (SELECT 0 AS id, 0 AS version, '' AS slug) a ON true "
CHOSEN_BY_PLACEMENT = (
    "CASE coalesce(r.snapshot ->> 'pipeline', '') WHEN '' THEN p.is_default ELSE p.slug = r.snapshot ->> 'pipeline' END"
)
SPACE_FIELDS = (
    "id", "catalog_id", "configuration_id", "plugin", "settings", "source_hash", "dimension", "status", "encoded",
    "fitted_at",
)  # fmt: skip


def state(catalog_id: int, pipeline: str = "", placement: str = "") -> State:
    """The catalog's state, with the pipeline of that slug, else the placement's, else the default one."""
    chosen = "p.slug = %(pipeline)s" if pipeline else CHOSEN_BY_PLACEMENT if placement else "p.is_default"
    space_columns = ", ".join(f"v.{field}" for field in SPACE_FIELDS)
    statement = (
        f"SELECT {OWN_COLUMNS}, {space_columns} FROM catalog_catalog c {PLACEMENT if placement else NO_PLACEMENT}"
        f"JOIN recommender_pipeline p ON p.catalog_id = c.id AND {chosen} "
        "LEFT JOIN recommender_statistics s ON s.catalog_id = c.id "
        "LEFT JOIN recommender_modelversion m ON m.pipeline_id = p.id AND m.status = 'live' "
        "LEFT JOIN recommender_space v ON v.catalog_id = c.id "
        "AND (v.status = 'live' OR v.model_version_id = m.id AND v.status = 'trained') "
        "WHERE c.id = %(catalog)s ORDER BY v.id DESC"
    )
    rows = fetch(statement, {"catalog": catalog_id, "pipeline": pipeline, "placement": placement})
    if not rows:
        raise PipelineNotFoundError(pipeline)
    if placement and not rows[0][OWN - 1]:
        raise PlacementNotFoundError(placement)
    found = [Space.from_db(DEFAULT_DB_ALIAS, SPACE_FIELDS, row[OWN:]) for row in rows if row[OWN] is not None]
    texts = tuple(space for space in found if space.status == Space.Status.LIVE)
    trained = tuple(space for space in found if space.status == Space.Status.TRAINED)
    return State(*(*rows[0][:OWN], texts, trained))


_fitted: dict[int, tuple[datetime | None, SpaceInfo]] = {}
_lock = threading.Lock()


def space_info(live: Space, key: str) -> SpaceInfo:
    """The space as plugins see it. Its whitening is kept in the process until it is fitted again."""
    with _lock:
        kept = _fitted.get(live.id)
    if kept is None or kept[0] != live.fitted_at:
        kept = (live.fitted_at, _read_space(live))
        with _lock:
            _fitted[live.id] = kept
    info = kept[1]
    return SpaceInfo(info.id, key, info.dimension, live.encoded, info.mean, info.matrix, live.fitted_at)


def _read_space(live: Space) -> SpaceInfo:
    packed = fetch("SELECT whitening FROM recommender_space WHERE id = %(id)s", {"id": live.id})[0][0]
    if not packed:
        return SpaceInfo(live.id, "", live.dimension, live.encoded)
    values = np.frombuffer(packed, dtype="<f4").reshape(live.dimension + 1, live.dimension)
    return SpaceInfo(live.id, "", live.dimension, live.encoded, values[0], values[1:])
