"""Answers on record, without slowing the answer: one statement, committed asynchronously (docs/decisions/0003)."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np
import orjson
import psycopg
from django.db import connection

from recommender.models.recommendation import AnswerBasis
from recommender.plugins.types import Profile, Query, Slate
from recommender.selectors.state import State
from recommender.serving.assignment import NO_EXPERIMENT, Assigned
from recommender.serving.trace import Trace

INSERT = """
    WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
    INSERT INTO recommender_recommendation (id, catalog_id, profile_id, session_id, created_at, pipeline_id,
        pipeline_version, placement_id, experiment_id, arm, basis, request, item_ids, scores, columns,
        propensities, timings, degraded)
    SELECT %(id)s, %(catalog)s, %(profile)s, %(session)s, now(), %(pipeline)s, %(version)s, %(placement)s,
        %(experiment)s, %(arm)s, %(basis)s, %(request)s::jsonb,
        %(item_ids)s::bigint[], %(scores)s::float8[], %(columns)s::jsonb, %(propensities)s::float8[],
        %(timings)s::jsonb, %(degraded)s FROM relaxed
"""


def record(
    answer_id: uuid.UUID,
    request: dict[str, Any],
    state: State,
    profile: Profile,
    query: Query,
    slate: Slate,
    trace: Trace,
    arm: Assigned = NO_EXPERIMENT,
) -> None:
    """Keep an answer: what was asked, what was shown at which place with which scores, and how long each stage took."""
    values = {
        "id": answer_id,
        "catalog": query.catalog_id,
        "profile": profile.profile_id,
        "session": profile.session_id,
        "pipeline": state.pipeline_id,
        "version": state.pipeline_version,
        "placement": state.placement_id or None,
        "experiment": arm.experiment_id,
        "arm": arm.arm,
        "basis": AnswerBasis.of(profile.has_text, bool(profile.events)).value,
        "request": orjson.dumps(request).decode(),
        "item_ids": slate.item_ids.tolist(),
        "scores": slate.scores.tolist(),
        "columns": _columns(slate),
        "propensities": _propensities(slate),
        "timings": orjson.dumps({name: round(ms, 3) for name, ms in trace.timings.items()}).decode(),
        "degraded": trace.degraded,
    }
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(INSERT, values)


def _propensities(slate: Slate) -> list[float | None] | None:
    """Of each item that a rule put in its place by chance."""
    drawn = {hit.item_id: hit.propensity for hit in slate.hits if hit.propensity is not None}
    return [drawn.get(item_id) for item_id in slate.item_ids.tolist()] if drawn else None


def _columns(slate: Slate) -> str:
    """The score columns of the items shown, as JSON; unknown scores (NaN) become null."""
    scored = slate.rows >= 0  # a rule may have put an item in that no source has scored
    columns = slate.candidates.columns
    shown = {name: np.where(scored, values[slate.rows], np.float32(np.nan)) for name, values in columns.items()}
    return orjson.dumps(shown, option=orjson.OPT_SERIALIZE_NUMPY).decode()
