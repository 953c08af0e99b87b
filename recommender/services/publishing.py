"""What a person publishes, discards and restores: only what can run and does not contradict itself comes to answer."""

from __future__ import annotations

from django.db import transaction

from recommender.exceptions import NotPublishableError, RevisionStaleError
from recommender.models import Configuration, Pipeline, Placement, Revision
from recommender.models.configuration import PluginKind
from recommender.plugins.exceptions import PluginError
from recommender.plugins.registry import create
from recommender.selectors.revisions import Subject, published, rows_of
from recommender.services.pipelines import problems, publish_pipeline
from recommender.services.revisions import hold, keep, publish, restore
from recommender.services.rule_conflicts import conflicts
from users.models import User


def reasons_against(subject: Subject) -> list[str]:
    """Why the draft must not answer as it stands, each with the way out; empty where it may."""
    if isinstance(subject, Pipeline):
        stages = subject.stages.filter(enabled=True).select_related("configuration")
        return problems(subject.catalog, [one.configuration for one in stages])
    rules = [one.configuration for one in subject.rules.filter(enabled=True).select_related("configuration")]
    return [*_unusable(rules), *conflicts(subject.catalog, [*rules, *_rules_of_pipeline(subject)])]


def _rules_of_pipeline(placement: Placement) -> list[Configuration]:
    """The rules that are at work beside the placement's own."""
    pipeline = placement.pipeline or Pipeline.objects.filter(catalog=placement.catalog_id, is_default=True).first()
    if pipeline is None:
        return []
    stages = pipeline.stages.filter(enabled=True, configuration__kind=PluginKind.RULE).select_related("configuration")
    own = set(placement.rules.values_list("configuration", flat=True))
    return [one.configuration for one in stages if one.configuration_id not in own]


def _unusable(rules: list[Configuration]) -> list[str]:
    found = []
    for one in rules:
        try:
            create(one.kind, one.plugin, one.settings, one.slug)
        except PluginError as error:
            found.append(f"“{one}” cannot run: {error} Open the configuration and mend it, or disable this rule.")
    return found


@transaction.atomic
def publish_draft(subject: Subject, author: User | None = None) -> Revision:
    """Let the draft answer. Raises NotPublishableError with the reasons against it."""
    if reasons := reasons_against(subject):
        raise NotPublishableError(reasons)
    return publish_pipeline(subject, author) if isinstance(subject, Pipeline) else publish(subject, author)


@transaction.atomic
def discard_draft(subject: Subject, author: User | None = None) -> Revision:
    """Make the draft what answers. Raises RevisionStaleError where that was never published or lacks something."""
    live = published(subject)
    if live is None:
        raise RevisionStaleError("what was published")
    return restore_draft(live, author)


@transaction.atomic
def restore_draft(revision: Revision, author: User | None = None) -> Revision:
    """Make the draft an earlier state; others that use the same configurations keep the change as theirs."""
    shared = [row["configuration_id"] for row in rows_of(revision.snapshot)]
    pipelines = Pipeline.objects.filter(stages__configuration__in=shared).distinct()
    hold(pipelines)
    kept = restore(revision, author)
    others: list[Subject] = [*pipelines, *Placement.objects.filter(rules__configuration__in=shared).distinct()]
    for one in others:
        keep(one, author)  # of the one restored it is the same state, which is kept already
    return kept
