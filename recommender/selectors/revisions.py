"""Pipelines and placements as they stand and as they answer: whole states as JSON, and how two of them differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import F, QuerySet

from recommender.models import Configuration, Pipeline, Placement, PlacementRule, Revision, Stage

Subject = Pipeline | Placement
Change = dict[str, Any]
"""What was changed, as `{"what": "Pin: position", "before": 1, "after": 3}`; None stands for what is not there."""


def snapshot(subject: Subject) -> dict[str, Any]:
    """The whole state of a pipeline or placement as its rows have it, as JSON."""
    if isinstance(subject, Pipeline):
        stages = subject.stages.select_related("configuration").order_by("position", "id")
        own: dict[str, Any] = {"title": subject.title, "budget_ms": subject.budget_ms}
        return own | {"stages": [_row(one.configuration, one) | {"optional": one.optional} for one in stages]}
    rules = subject.rules.select_related("configuration").order_by("position", "id")
    return {
        "title": subject.title,
        "pipeline": subject.pipeline.slug if subject.pipeline else "",
        "filter": subject.filter,
        "minimum_relevance": subject.minimum_relevance,
        "overrides": sorted(subject.overrides),
        "rules": [_row(one.configuration, one) for one in rules],
    }


def _row(configuration: Configuration, place: Stage | PlacementRule) -> dict[str, Any]:
    return {
        "configuration_id": configuration.pk,
        "kind": configuration.kind,
        "slug": configuration.slug,
        "plugin": configuration.plugin,
        "title": configuration.title,
        "settings": configuration.settings,
        "position": place.position,
        "enabled": place.enabled,
    }


def published(subject: Subject) -> Revision | None:
    """The state that answers; None of what was never published."""
    return subject.revisions.filter(version=subject.version).first()


def current_state(pipeline_id: int, *, draft: bool = False) -> dict[str, Any]:
    """A pipeline as it answers, or as its rows stand; one that was never published answers as they do."""
    pipeline = Pipeline.objects.get(pk=pipeline_id)
    live = None if draft else published(pipeline)
    return live.snapshot if live is not None else snapshot(pipeline)


def published_states(pipelines: QuerySet[Pipeline]) -> list[dict[str, Any]]:
    """What answers of each of these pipelines, the latest publication last; first those never published."""
    live = Revision.objects.filter(pipeline__in=pipelines, version=F("pipeline__version")).order_by("published_at")
    states = list(live.values_list("pipeline", "snapshot"))
    never = pipelines.exclude(pk__in=[pk for pk, _ in states])
    return [*(snapshot(one) for one in never), *(state for _, state in states)]


def unpublished_changes(subject: Subject) -> list[Change]:
    """How the draft differs from what answers."""
    live = published(subject)
    return [] if live is None else differences(live.snapshot, snapshot(subject))


def rows_of(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The stages or rules of a snapshot."""
    rows: list[dict[str, Any]] = state.get("stages", state.get("rules", []))
    return rows


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What is different, each with what it was and what it is."""
    was, now = dict(_flat(before)), dict(_flat(after))
    return [
        {"what": name, "before": was.get(name), "after": now.get(name)}
        for name in dict.fromkeys([*was, *now])
        if was.get(name) != now.get(name)
    ]


def _flat(state: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every single value of a snapshot with a name that a person understands."""
    for name, value in state.items():
        if name not in ("stages", "rules"):
            yield name.replace("_", " "), value
    for row in rows_of(state):
        label = f"{row['title'] or row['slug']} ({row['slug']})"
        yield label, row["plugin"]
        for name in ("title", "position", "enabled", "optional"):
            if name in row:
                yield f"{label}: {name}", row[name]
        for name, value in row["settings"].items():
            yield f"{label}: {name.replace('_', ' ')}", value
