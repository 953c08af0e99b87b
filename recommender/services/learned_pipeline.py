"""The pipeline that learns: made beside a catalog's default one, and better than it before it takes its place."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from catalog.models import Catalog
from recommender.exceptions import PipelineNotFoundError
from recommender.models import Configuration, Pipeline, Stage
from recommender.models.configuration import PluginKind
from recommender.services.pipelines import save_pipeline

SLUG = "learned"

# kind, slug, plugin, title, settings
LEARNING_STAGES: tuple[tuple[PluginKind, str, str, str, dict[str, Any]], ...] = (
    (PluginKind.RETRIEVER, "near-few-shot", "vector", "Near in taste", {"space": "few-shot", "k": 60}),
    (PluginKind.RETRIEVER, "near-collaborative", "vector", "Same crowd", {"space": "collaborative", "k": 60}),
    (PluginKind.RANKER, "collaborative", "collaborative", "Factors of co-events", {}),
    (PluginKind.RANKER, "few-shot", "few-shot", "From a few events and a sentence", {}),
    (PluginKind.RANKER, "sentence-map", "sentence-map", "What people who speak so choose", {}),
    (PluginKind.RANKER, "text-map", "text-map", "What texts go together", {}),
    (PluginKind.RANKER, "item-neighbours", "item-neighbours", "Item to item, learned", {}),
)
FUSION = "learned-linear"


@transaction.atomic
def learned_pipeline(catalog: Catalog) -> Pipeline:
    """The catalog's learning pipeline; where there is none, the default one with everything that learns added.

    Its retrievers, rankers and rules are those of the default pipeline as it is now, so that what editors set stays.
    """
    existing = Pipeline.objects.filter(catalog=catalog, slug=SLUG).first()
    if existing is not None:
        return existing
    default = Pipeline.objects.filter(catalog=catalog, is_default=True).first()
    if default is None:
        raise PipelineNotFoundError
    stages = [
        Stage(configuration=stage.configuration, position=stage.position, optional=stage.optional)
        for stage in default.stages.filter(enabled=True).select_related("configuration")
        if stage.configuration.kind != PluginKind.FUSION_STRATEGY
    ]
    last = max((stage.position for stage in stages), default=0)
    added = (*LEARNING_STAGES, (PluginKind.FUSION_STRATEGY, FUSION, FUSION, "Linear, learned", {}))
    for place, (kind, slug, plugin, title, settings) in enumerate(added, 1):
        configuration, _ = Configuration.objects.get_or_create(
            catalog=catalog, kind=kind, slug=slug, defaults={"plugin": plugin, "title": title, "settings": settings}
        )
        stages.append(Stage(configuration=configuration, position=last + 10 * place))
    return save_pipeline(Pipeline(catalog=catalog, slug=SLUG, title="Learned"), stages)
