"""What a new catalog starts with: a pipeline that gives good lists before anything was trained."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from catalog.models import Catalog
from recommender.models import Configuration, Pipeline, Stage
from recommender.models.configuration import PluginKind
from recommender.services.pipelines import save_pipeline

ENGLISH_ENCODER = "sentence-transformer"
OTHER_ENCODER = "multilingual-e5"

# kind, plugin, title, settings, optional
DEFAULT_STAGES: tuple[tuple[PluginKind, str, str, dict[str, Any], bool], ...] = (
    (PluginKind.RETRIEVER, "vector", "Near in meaning", {}, False),
    (PluginKind.RETRIEVER, "lexical", "Same words", {}, False),
    (PluginKind.RETRIEVER, "neighbours", "Chosen together", {}, False),
    (PluginKind.RETRIEVER, "popular", "Popular", {}, False),
    (PluginKind.RETRIEVER, "recent", "New", {}, False),
    (PluginKind.RANKER, "similarity", "Similarity of text", {}, False),
    (PluginKind.RANKER, "lexical-match", "Words in common", {}, False),
    (PluginKind.RANKER, "popularity", "Popularity", {}, False),
    (PluginKind.RANKER, "co-events", "Chosen together", {}, False),
    (PluginKind.RANKER, "affinity", "Properties in common", {}, False),
    (PluginKind.RANKER, "freshness", "Freshness", {}, True),
    (PluginKind.FUSION_STRATEGY, "linear", "Linear, context-dependent", {}, False),
    (PluginKind.RULE, "less-like", "Less like this", {}, False),
)

# Ready to be chosen in the pipeline instead of the default one.
OTHER_FUSIONS = (("reciprocal-rank", "Reciprocal rank"), ("weighted-sum", "Weighted sum"))


def default_encoder(language: str) -> str:
    """The encoder plugin for a catalog of that language; “mixed” is not English."""
    return ENGLISH_ENCODER if language.lower().split("-")[0] == "en" else OTHER_ENCODER


@transaction.atomic
def provide_defaults(catalog: Catalog, encoder: str = "", encoder_settings: dict[str, Any] | None = None) -> Pipeline:
    """The catalog's default pipeline, made where there is none. Running it again changes nothing."""
    existing = Pipeline.objects.filter(catalog=catalog, is_default=True).first()
    if existing is not None:
        return existing
    name = encoder or default_encoder(catalog.language)
    first = (PluginKind.ENCODER, name, "Text encoder", encoder_settings or {}, False)
    pipeline = Pipeline(catalog=catalog, slug="default", title="Default", is_default=True)
    stages = []
    for position, (kind, plugin, title, settings, optional) in enumerate((first, *DEFAULT_STAGES), 1):
        configuration, _ = Configuration.objects.get_or_create(
            catalog=catalog, kind=kind, slug=plugin, defaults={"plugin": plugin, "title": title, "settings": settings}
        )
        stages.append(Stage(configuration=configuration, position=10 * position, optional=optional))
    for plugin, title in OTHER_FUSIONS:
        Configuration.objects.get_or_create(
            catalog=catalog,
            kind=PluginKind.FUSION_STRATEGY,
            slug=plugin,
            defaults={"plugin": plugin, "title": title},
        )
    return save_pipeline(pipeline, stages)
