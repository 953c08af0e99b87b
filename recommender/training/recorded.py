"""Answers on record with what was chosen of them, and the same requests put to another pipeline.

A request is asked again with what was known when it was asked: the events that came later, among them the clicks that
judge, are left out of the person's history. A pipeline that has learned from those clicks is not judged by them either:
give `since`, and only later answers count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np

from catalog.models import Catalog
from recommender.models import ModelVersion, Pipeline
from recommender.plugins.training import TooLittleDataError
from recommender.plugins.types import Ids
from recommender.schemas import HistoryItem, RecommendRequest
from recommender.selectors.history import SIGN
from recommender.selectors.sql import fetch
from recommender.services.answers import make_answer
from recommender.training.examination import FEWEST_CLICKS, Log
from recommender.training.off_policy import OffPolicy, estimate

MOST_ANSWERS = 2_000
"""The newest ones: each is asked again."""
MOST_EVENTS = 100
# People who do not want to be learned from, and test accounts, are left out; degraded answers are nobody's policy.
_ANSWERS = """
    SELECT r.id, coalesce(r.profile_id, 0), r.session_id, r.created_at, r.item_ids, r.request,
        CASE WHEN p.personalise THEN p.interests ELSE '' END, coalesce(p.personalise, true)
    FROM recommender_recommendation r LEFT JOIN users_profile p ON p.id = r.profile_id
    WHERE r.catalog_id = %(catalog)s AND NOT r.degraded AND cardinality(r.item_ids) > 0
        AND coalesce(p.learn AND NOT p.is_test, r.profile_id IS NULL)
        AND (%(since)s::timestamptz IS NULL OR r.created_at > %(since)s::timestamptz)
    ORDER BY r.created_at DESC LIMIT %(most)s
"""
_CHOSEN = f"""
    SELECT e.recommendation_id, e.item_id FROM users_event e JOIN users_eventkind k ON k.id = e.kind_id
    WHERE e.catalog_id = %(catalog)s AND e.recommendation_id = ANY(%(ids)s::uuid[]) AND ({SIGN}) > 0
"""
_BEFORE = f"""
    SELECT i.external_id, k.name
    FROM users_event e JOIN users_eventkind k ON k.id = e.kind_id JOIN catalog_item i ON i.id = e.item_id
    WHERE e.catalog_id = %(catalog)s AND {{whose}} AND e.received_at < %(when)s::timestamptz AND ({SIGN}) > 0
    ORDER BY e.occurred_at DESC NULLS LAST, e.sequence DESC, e.id DESC LIMIT %(most)s
"""


@dataclass(frozen=True)
class Recorded:
    """A log, and for each of its answers the request as it would have to be asked again."""

    log: Log
    requests: tuple[RecommendRequest, ...]


def read_recorded(catalog: Catalog, since: datetime | None = None, most: int = MOST_ANSWERS) -> Recorded:
    """The newest answers of a catalog, with the places whose item the person chose after it."""
    rows, log = read_answers(catalog, since, most)
    return Recorded(log, tuple(_request(catalog, row) for row in rows) if _is_enough(log) else ())


def read_answers(
    catalog: Catalog, since: datetime | None = None, most: int = MOST_ANSWERS
) -> tuple[list[tuple[Any, ...]], Log]:
    """The rows of the newest answers, and what was shown and chosen of them."""
    rows = fetch(_ANSWERS, {"catalog": catalog.pk, "since": since, "most": most})
    chosen = set(fetch(_CHOSEN, {"catalog": catalog.pk, "ids": [row[0] for row in rows]}))
    width = max((len(row[4]) for row in rows), default=1)
    items = np.full((len(rows), width), -1, dtype=np.int64)
    clicked = np.zeros((len(rows), width), dtype=bool)
    for place, row in enumerate(rows):
        items[place, : len(row[4])] = row[4]
        clicked[place, : len(row[4])] = [(row[0], item) in chosen for item in row[4]]
    return rows, Log(items, clicked, _people(rows))


def judged_by_clicks(pipeline: Pipeline, seed: int = 0) -> OffPolicy:
    """What a pipeline would have got of the answers on record that came after it learned.

    Raises:
        TooLittleDataError: says what is missing.
    """
    live = ModelVersion.objects.filter(pipeline=pipeline, status=ModelVersion.Status.LIVE).first()
    recorded = read_recorded(pipeline.catalog, live.created_at if live else None)
    if not len(recorded.log):
        after = " since the pipeline was trained" if live else ""
        raise TooLittleDataError(f"No answers are on record{after}: there are no clicks to judge by.")
    return estimate(recorded.log, replayed(recorded, pipeline), seed)


def replayed(recorded: Recorded, pipeline: Pipeline) -> Ids:
    """The pipeline's lists for the same requests (n, m), -1 behind the last; nothing where the log is too small."""
    lists = [_list(pipeline, request) for request in recorded.requests]
    lists += [np.empty(0, dtype=np.int64)] * (len(recorded.log) - len(lists))
    target = np.full((len(lists), max((len(one) for one in lists), default=1) or 1), -1, dtype=np.int64)
    for row, one in zip(target, lists, strict=True):
        row[: len(one)] = one
    return target


def _list(pipeline: Pipeline, request: RecommendRequest) -> Ids:
    asked = request.model_copy(update={"pipeline": pipeline.slug})
    return make_answer(pipeline.catalog_id, asked).slate.item_ids


def _is_enough(log: Log) -> bool:
    """Whether it is worth reading histories: `estimate` says what is missing where it is not."""
    return int(log.clicked.sum()) >= FEWEST_CLICKS


def _people(rows: Sequence[tuple[Any, ...]]) -> Ids:
    """Codes: the profile's, else the session's, else one of its own for every answer."""
    codes: dict[tuple[int, str] | UUID, int] = {}
    keys = [(row[1], "") if row[1] else ((0, row[2]) if row[2] else row[0]) for row in rows]
    return np.array([codes.setdefault(key, len(codes)) for key in keys], dtype=np.int64)


def _request(catalog: Catalog, row: tuple[Any, ...]) -> RecommendRequest:
    """The request without who asked, with what they had done by then."""
    _, profile, session, when, _, asked, interests, personal = row
    request = RecommendRequest.model_validate({**asked, "session_id": "", "explain": False})
    given = request.history_items()
    events: list[HistoryItem] = []
    if personal and (profile or session):
        whose = "e.profile_id = %(profile)s" if profile else "e.profile_id IS NULL AND e.session_id = %(session)s"
        wanted = {"catalog": catalog.pk, "profile": profile, "session": session, "when": when, "most": MOST_EVENTS}
        events = [HistoryItem(item_id=item, kind=kind) for item, kind in fetch(_BEFORE.format(whose=whose), wanted)]
    history = [*events[::-1], *given]
    return request.model_copy(update={"history": history, "text": request.text or interests or ""})
