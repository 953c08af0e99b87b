"""What is stored of one person: the newest events, how much there is, and all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import orjson
from django.db.models import F, Model
from django.utils import timezone

from recommender.models import Experiment, Pipeline, Placement, Recommendation, SavedCase
from recommender.selectors import identities
from recommender.selectors.sql import fetch, id_array
from users.models import Event, Profile

NEWEST = 50
COUNTED = 10_000
"""Nobody needs to know more exactly how much a person has done: “more than”."""
PART = 500


def _columns(model: type[Model], *named_otherwise: str) -> tuple[str, ...]:
    """All that a row holds, whatever is added to it, but for ids that mean nothing outside and are told by name."""
    return tuple(one.attname for one in model._meta.concrete_fields if one.attname not in ("id", *named_otherwise))


PROFILE_FIELDS = _columns(Profile, "catalog_id", "external_id")
EVENT_FIELDS = _columns(Event, "catalog_id", "profile_id", "item_id", "kind_id")
ANSWER_FIELDS = _columns(
    Recommendation, "catalog_id", "profile_id", "pipeline_id", "placement_id", "experiment_id", "item_ids"
)


def timeline(profile: Profile, most: int = NEWEST) -> list[Event]:
    """The newest events with kind and item, in the order of a history."""
    events = Event.objects.filter(profile=profile).select_related("kind", "item")
    fields = ("occurred_at", "value", "recommendation_id", "position", "profile_id", "kind__name", "kind__sign")
    shown = events.only(*fields, "kind__positive_from", "kind__negative_to", "item__title", "item__external_id")
    return list(shown.order_by(F("occurred_at").desc(nulls_last=True), "-sequence", "-id")[:most])


class Stored(NamedTuple):
    """How much there is of a person."""

    events: int = 0
    answers: int = 0
    cases: int = 0


def stored(profile_ids: Sequence[int]) -> dict[int, Stored]:
    """How much there is of each, `COUNTED` + 1 where there is more."""
    tables = ("users_event", "recommender_recommendation", "recommender_savedcase")
    counts = (
        f"(SELECT count(*) FROM (SELECT FROM {one} WHERE profile_id = p.id LIMIT {COUNTED + 1}) t)" for one in tables
    )
    rows = fetch(
        f"SELECT p.id, {', '.join(counts)} FROM unnest(%(ids)s::bigint[]) AS p(id)", {"ids": id_array(profile_ids)}
    )
    return {row[0]: Stored(*row[1:]) for row in rows}


def exported(profile: Profile) -> Iterator[bytes]:
    """Everything stored of the person as one JSON object, in parts: no history is too long for it."""
    own = {"profile_id": profile.external_id, **{name: getattr(profile, name) for name in PROFILE_FIELDS}}
    head = {"catalog": profile.catalog.slug, "exported_at": timezone.now(), "profile": own}
    yield orjson.dumps(head, option=orjson.OPT_INDENT_2)[:-2] + b',\n  "events": ['
    yield from _listed(_events(profile))
    yield b'],\n  "recommendations": ['
    yield from _listed(_answers(profile))
    yield b'],\n  "saved_cases": ['
    yield from _listed(SavedCase.objects.filter(profile=profile).values("name", "request", "created_at"))
    yield b"]\n}\n"


def _listed(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    for number, row in enumerate(rows):
        yield (b",\n    " if number else b"\n    ") + orjson.dumps(row)


def _events(profile: Profile) -> Iterator[dict[str, Any]]:
    """Oldest stored first."""
    rows = Event.objects.filter(profile=profile).order_by("pk")
    named = {"kind": "kind__name", "item_id": "item__external_id", "title": "item__title"}
    for row in rows.values_list(*named.values(), *EVENT_FIELDS).iterator(PART):
        yield dict(zip((*named, *EVENT_FIELDS), row, strict=True))


def _answers(profile: Profile) -> Iterator[dict[str, Any]]:
    """Oldest first, with the ids that the catalog's owner knows; null where an item was deleted."""
    pipelines, placements, experiments = (
        dict(model._default_manager.filter(catalog_id=profile.catalog_id).values_list("pk", "slug"))
        for model in (Pipeline, Placement, Experiment)
    )
    answers = Recommendation.objects.filter(profile_id=profile.pk).order_by("created_at").iterator(PART)
    while part := list(islice(answers, PART)):
        known = identities.external_ids(np.array([one for answer in part for one in answer.item_ids], dtype=np.int64))
        for answer in part:
            yield {
                "recommendation_id": answer.pk,
                "pipeline": pipelines.get(answer.pipeline_id),
                "placement": placements.get(answer.placement_id or 0),
                "experiment": experiments.get(answer.experiment_id or 0),
                "item_ids": [known.get(one) for one in answer.item_ids],
                **{name: getattr(answer, name) for name in ANSWER_FIELDS},
            }
