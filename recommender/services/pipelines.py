"""Writes of configurations and pipelines, and what must hold of a pipeline.

Every change is a revision of the pipelines and placements it touches (`services/revisions.py`); what is published makes
their version grow: requests keep a pipeline by (id, version), recorded answers name it. A published encoder is sent to
the workers, which build its space while requests go on with the old one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from catalog.models import Catalog
from recommender.models import Configuration, Pipeline, Placement, Revision, Stage
from recommender.models.configuration import PluginKind
from recommender.plugins.contracts import AnyPlugin
from recommender.plugins.exceptions import PluginError
from recommender.plugins.registry import create
from recommender.plugins.training import SpaceModel
from recommender.selectors.revisions import rows_of
from recommender.services.revisions import hold, keep, publish, save_draft
from recommender.services.rule_conflicts import conflicts
from users.models import User

logger = logging.getLogger(__name__)


@transaction.atomic
def save_configuration(
    configuration: Configuration, author: User | None = None, *, publishing: bool = True
) -> Configuration:
    """Save a configuration; the pipelines and placements it is in keep the change, or publish their drafts."""
    if not publishing and configuration.pk:
        hold(Pipeline.objects.filter(stages__configuration=configuration))
    configuration.save()
    uses: list[Pipeline | Placement] = [
        *Pipeline.objects.filter(stages__configuration=configuration),
        *Placement.objects.filter(rules__configuration=configuration),
    ]
    for one in uses:
        _keep(one, author, publishing=publishing)
    return configuration


@transaction.atomic
def save_pipeline(
    pipeline: Pipeline,
    stages: Sequence[Stage] = (),
    removed: Sequence[Stage] = (),
    author: User | None = None,
    *,
    publishing: bool = True,
) -> Pipeline:
    """Save a pipeline with the stages that are new or changed, and without those removed; as a draft, or published.

    A pipeline saved as the default takes the place of the one before, at once. What `problems` says of the stages is
    for the caller to ask first.
    """
    if not publishing:
        hold(Pipeline.objects.filter(pk=pipeline.pk))
    if pipeline.is_default:
        rivals = Pipeline.objects.filter(catalog=pipeline.catalog, is_default=True)
        rivals.exclude(pk=pipeline.pk).update(is_default=False)
    save_draft(pipeline)
    for stage in removed:
        stage.delete()
    for stage in stages:
        stage.pipeline = pipeline
        stage.save()
    _keep(pipeline, author, publishing=publishing)
    return pipeline


@transaction.atomic
def publish_pipeline(pipeline: Pipeline, author: User | None = None) -> Revision:
    """Let the draft answer. An encoder in it is sent to the workers, which build its space where there is none."""
    revision = publish(pipeline, author)
    if any(row["kind"] == PluginKind.ENCODER and row["enabled"] for row in rows_of(revision.snapshot)):
        transaction.on_commit(partial(_build_spaces, pipeline.catalog_id))
    return revision


def copy_stages(source: Pipeline, target: Pipeline, author: User | None = None) -> None:
    """Give a new pipeline the stages of another one of its catalog: a start that already works, and is published."""
    copies = [
        Stage(
            configuration_id=stage.configuration_id,
            position=stage.position,
            enabled=stage.enabled,
            optional=stage.optional,
        )
        for stage in source.stages.all()
    ]
    save_pipeline(target, copies, author=author)


def problems(catalog: Catalog, configurations: Iterable[Configuration]) -> list[str]:
    """Why these configurations, all of them enabled, do not make a pipeline of the catalog; each with the way out."""
    chosen = list(configurations)
    found = [
        f"“{one}” belongs to another catalog: choose a configuration of {catalog}."
        for one in chosen
        if one.catalog_id != catalog.pk
    ]
    return [*found, *_wrong_number(chosen), *_not_usable(chosen), *conflicts(catalog, chosen)]


def _wrong_number(chosen: Sequence[Configuration]) -> list[str]:
    fusions = [one for one in chosen if one.kind == PluginKind.FUSION_STRATEGY]
    found = []
    if not fusions:
        found.append("There is no fusion strategy: add a stage with one, it turns the scores into one ranking.")
    if len(fusions) > 1:
        names = ", ".join(f"“{one}”" for one in fusions)
        found.append(f"Exactly one fusion strategy can be enabled, here are {names}: remove or disable all but one.")
    if not any(one.kind == PluginKind.RETRIEVER for one in chosen):
        found.append("There is no retriever: add at least one stage that finds candidates, such as popular.")
    return found


def _not_usable(chosen: Sequence[Configuration]) -> list[str]:
    """Plugins that cannot be made with their settings, and sources whose space no stage of the pipeline fills."""
    found: list[str] = []
    made: list[tuple[Configuration, AnyPlugin]] = []
    for one in chosen:
        try:
            made.append((one, create(one.kind, one.plugin, one.settings, one.slug)))
        except PluginError as error:
            found.append(f"“{one}” cannot run: {error} Open the configuration and mend it, or disable this stage.")
    encoders = [one.slug for one in chosen if one.kind == PluginKind.ENCODER]
    trained = [one.slug for one, plugin in made if isinstance(plugin, SpaceModel)]
    return found + [problem for one, plugin in made for problem in _without_space(one, plugin, encoders, trained)]


def _without_space(
    configuration: Configuration, plugin: AnyPlugin, encoders: Sequence[str], trained: Sequence[str]
) -> list[str]:
    if not encoders and set(plugin.spaces) - set(trained):
        return [f"“{configuration}” reads vectors, but no stage is an encoder: add one, or disable “{configuration}”."]
    spaces = [*encoders, *trained]
    return [
        f"“{configuration}” reads the space of “{key}”, which is no stage here: add that encoder or trained ranker, or "
        f"choose another space in its settings ({', '.join(spaces)})."
        for key in plugin.spaces
        if key and key not in spaces
    ]


def _keep(subject: Pipeline | Placement, author: User | None, *, publishing: bool) -> None:
    if not publishing:
        keep(subject, author)
    elif isinstance(subject, Pipeline):
        publish_pipeline(subject, author)
    else:
        publish(subject, author)


def _build_spaces(catalog_id: int) -> None:
    """Ask a worker: to know a space's dimension the encoder is loaded, which no request should wait for."""
    try:
        current_app.send_task("recommender.tasks.encode_items", [catalog_id], retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("Catalog %s: the broker is away, beat will build the space later: %s", catalog_id, error)
