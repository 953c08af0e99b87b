"""Drafts and what answers: every save of a pipeline or placement is a revision, and one of them is published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from recommender.exceptions import RevisionStaleError
from recommender.models import Configuration, Pipeline, Placement, PlacementRule, Revision, Stage
from recommender.selectors.revisions import Subject, differences, rows_of, snapshot
from users.models import User


def save_draft(subject: Subject) -> None:
    """Save the row but for its version, which only publishing changes."""
    fields = [one.name for one in subject._meta.concrete_fields if one.name not in ("id", "version")]
    subject.save(update_fields=None if subject._state.adding else fields)


@transaction.atomic
def keep(subject: Subject, author: User | None = None) -> Revision:
    """The draft as a revision: a new one where it differs from the last."""
    type(subject).objects.select_for_update().get(pk=subject.pk)  # numbers follow each other
    last = subject.revisions.order_by("-number").first()
    now = snapshot(subject)
    if last is not None and last.snapshot == now:
        return last
    return Revision.objects.create(
        catalog_id=subject.catalog_id,
        pipeline=subject if isinstance(subject, Pipeline) else None,
        placement=subject if isinstance(subject, Placement) else None,
        number=1 + (last.number if last else 0),
        snapshot=now,
        changes=differences(last.snapshot, now) if last else [],
        author=author,
    )


@transaction.atomic
def hold(pipelines: QuerySet[Pipeline]) -> None:
    """Publish those that answer as their rows stand, under the version they have: a draft of them shall not act."""
    live = Revision.objects.filter(pipeline=OuterRef("pk"), version=OuterRef("version"))
    for one in pipelines.filter(~Exists(live)):
        kept = keep(one)
        kept.version, kept.published_at = one.version, timezone.now()
        kept.save(update_fields=["version", "published_at"])


@transaction.atomic
def publish(subject: Subject, author: User | None = None) -> Revision:
    """Let the draft answer, from the next request on. Where it answers already nothing changes."""
    kept = keep(subject, author)
    if kept.version is not None:
        return kept
    type(subject).objects.filter(pk=subject.pk).update(version=F("version") + 1, updated_at=timezone.now())
    subject.refresh_from_db(fields=["version", "updated_at"])
    kept.version, kept.published_at = subject.version, timezone.now()
    kept.save(update_fields=["version", "published_at"])
    return kept


def restore(revision: Revision, author: User | None = None) -> Revision:
    """Make the draft what it was in this revision, settings of its configurations included. Publishing is separate.

    Raises RevisionStaleError where a configuration or pipeline of it was deleted.
    """
    with transaction.atomic():
        subject = revision.subject
        state = revision.snapshot
        configurations = _configurations(revision)
        if isinstance(subject, Pipeline):
            subject.title, subject.budget_ms = state["title"], state["budget_ms"]
            save_draft(subject)
            subject.stages.all().delete()
            Stage.objects.bulk_create(
                Stage(
                    pipeline=subject,
                    configuration=configurations[row["configuration_id"]],
                    position=row["position"],
                    enabled=row["enabled"],
                    optional=row["optional"],
                )
                for row in state["stages"]
            )
        else:
            _restore_placement(subject, state, configurations)
        return keep(subject, author)


def _restore_placement(
    placement: Placement, state: Mapping[str, Any], configurations: dict[int, Configuration]
) -> None:
    pipeline = Pipeline.objects.filter(catalog=placement.catalog_id, slug=state["pipeline"]).first()
    if state["pipeline"] and pipeline is None:
        raise RevisionStaleError(f"pipeline {state['pipeline']!r}")
    placement.title, placement.pipeline = state["title"], pipeline
    placement.filter, placement.minimum_relevance = state["filter"], state["minimum_relevance"]
    placement.overrides = state["overrides"]
    save_draft(placement)
    placement.rules.all().delete()
    PlacementRule.objects.bulk_create(
        PlacementRule(
            placement=placement,
            configuration=configurations[row["configuration_id"]],
            position=row["position"],
            enabled=row["enabled"],
        )
        for row in state["rules"]
    )


def _configurations(revision: Revision) -> dict[int, Configuration]:
    """The configurations of a revision, with the titles and settings that they had."""
    rows = rows_of(revision.snapshot)
    found = Configuration.objects.in_bulk([row["configuration_id"] for row in rows])
    for row in rows:
        one = found.get(row["configuration_id"])
        if one is None:
            raise RevisionStaleError(f"{row['kind'].replace('_', ' ')} “{row['title']}”")
        if (one.title, one.settings) != (row["title"], row["settings"]):
            one.title, one.settings = row["title"], row["settings"]
            one.save(update_fields=["title", "settings", "updated_at"])
    return found
