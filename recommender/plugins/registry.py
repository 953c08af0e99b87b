"""Which plugins are installed: the built-in ones and those that other packages declare as entry points.

Built-ins and third-party plugins pass the same checks. A plugin that fails them is left out and reported by a system
check; the platform runs on without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import entry_points, version
from typing import Any

from pydantic import ValidationError

from recommender import __version__
from recommender.plugins.contracts import API_VERSION, KINDS, AnyPlugin, PluginSettings
from recommender.plugins.exceptions import PluginLoadError, PluginNotFoundError, PluginSettingsError
from recommender.plugins.rule_settings import RuleSettings

ENTRY_POINT_GROUPS = {
    "encoder": "recplatform.encoders",
    "retriever": "recplatform.retrievers",
    "ranker": "recplatform.rankers",
    "fusion_strategy": "recplatform.fusion_strategies",
    "rule": "recplatform.rules",
}

BUILT_IN: dict[str, dict[str, str]] = {
    "encoder": {
        "sentence-transformer": "recommender.encoders.sentence_transformer:SentenceTransformerEncoder",
        "multilingual-e5": "recommender.encoders.multilingual_e5:MultilingualE5Encoder",
        "hashing": "recommender.encoders.hashing:HashingEncoder",
    },
    "retriever": {
        "vector": "recommender.retrievers.vector:VectorRetriever",
        "lexical": "recommender.retrievers.lexical:LexicalRetriever",
        "neighbours": "recommender.retrievers.neighbours:NeighboursRetriever",
        "graph": "recommender.retrievers.graph:GraphRetriever",
        "popular": "recommender.retrievers.popular:PopularRetriever",
        "recent": "recommender.retrievers.recent:RecentRetriever",
    },
    "ranker": {
        "similarity": "recommender.rankers.similarity:SimilarityRanker",
        "lexical-match": "recommender.rankers.lexical_match:LexicalMatchRanker",
        "popularity": "recommender.rankers.popularity:PopularityRanker",
        "co-events": "recommender.rankers.co_events:CoEventsRanker",
        "affinity": "recommender.rankers.affinity:AffinityRanker",
        "item-neighbours": "recommender.rankers.item_neighbours:ItemNeighboursRanker",
        "sequence": "recommender.rankers.sequence:SequenceRanker",
        "collaborative": "recommender.rankers.collaborative:CollaborativeRanker",
        "text-map": "recommender.rankers.text_map:TextMapRanker",
        "few-shot": "recommender.rankers.few_shot:FewShotRanker",
        "two-tower": "recommender.rankers.two_tower:TwoTowerRanker",
        "sentence-map": "recommender.rankers.sentence_map:SentenceMapRanker",
        "graph": "recommender.rankers.graph:GraphRanker",
        "freshness": "recommender.rankers.freshness:FreshnessRanker",
    },
    "fusion_strategy": {
        "linear": "recommender.fusion_strategies.linear:LinearFusion",
        "reciprocal-rank": "recommender.fusion_strategies.reciprocal_rank:ReciprocalRankFusion",
        "weighted-sum": "recommender.fusion_strategies.weighted_sum:WeightedSumFusion",
        "learned-linear": "recommender.fusion_strategies.learned_linear:LearnedLinearFusion",
        "gradient-boosting": "recommender.fusion_strategies.gradient_boosting:GradientBoostingFusion",
        "mmoe": "recommender.fusion_strategies.mmoe:MMoEFusion",
        "ple": "recommender.fusion_strategies.ple:PLEFusion",
        "bilinear": "recommender.fusion_strategies.bilinear:BilinearFusion",
    },
    "rule": {
        "block": "recommender.rules.block:BlockRule",
        "include-only": "recommender.rules.include_only:IncludeOnlyRule",
        "boost": "recommender.rules.boost:BoostRule",
        "bury": "recommender.rules.bury:BuryRule",
        "diversify": "recommender.rules.diversify:DiversifyRule",
        "rotate": "recommender.rules.rotate:RotateRule",
        "reserve-new": "recommender.rules.reserve_new:ReserveNewRule",
        "cap": "recommender.rules.cap:CapRule",
        "pin": "recommender.rules.pin:PinRule",
        "less-like": "recommender.rules.less_like:LessLikeRule",
        "constraint": "recommender.rules.constraint:ConstraintRule",
        "explore": "recommender.rules.explore:ExploreRule",
    },
}


@dataclass(frozen=True, slots=True)
class Installed:
    """An installed plugin: where it comes from, and its class or the problem that keeps it out."""

    kind: str
    name: str
    path: str
    distribution: str
    version: str
    plugin: type[AnyPlugin] | None
    problem: str = ""


@lru_cache(maxsize=1)
def installed() -> dict[tuple[str, str], Installed]:
    """Every plugin by (kind, name). Built-in names cannot be taken by another package."""
    found: dict[tuple[str, str], Installed] = {}
    for kind, paths in BUILT_IN.items():
        for name, path in paths.items():
            found[kind, name] = _examine(kind, name, path, "recplatform", __version__)
    for kind, group in ENTRY_POINT_GROUPS.items():
        for point in entry_points(group=group):
            package = point.dist.name if point.dist else "?"
            release = version(package) if point.dist else "?"
            key = (kind, point.name)
            if key in found:
                key = (kind, f"{point.name} ({package})")
                problem = f"the name {point.name} is taken by {found[kind, point.name].distribution}"
                found[key] = Installed(kind, point.name, point.value, package, release, None, problem)
                continue
            found[key] = _examine(kind, point.name, point.value, package, release)
    return found


def _examine(kind: str, name: str, path: str, distribution: str, release: str) -> Installed:
    try:
        plugin = _load_class(kind, name, path)
    except PluginLoadError as error:
        return Installed(kind, name, path, distribution, release, None, str(error))
    return Installed(kind, name, path, distribution, release, plugin)


def _load_class(kind: str, name: str, path: str) -> type[AnyPlugin]:
    module_name, _, attribute = path.partition(":")
    try:
        plugin: Any = getattr(import_module(module_name), attribute)
    except (Exception, SystemExit) as error:  # whatever a stranger's module raises must not stop the platform
        raise PluginLoadError(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    contract = KINDS[kind]
    if not (isinstance(plugin, type) and issubclass(plugin, contract)):
        raise PluginLoadError(f"{path} is not a {contract.__name__}")
    if plugin.api_version != API_VERSION:
        raise PluginLoadError(f"{path} is written for plugin API {plugin.api_version}; this is {API_VERSION}")
    if missing := [part for part in ("name", "title", "summary") if not getattr(plugin, part, "")]:
        raise PluginLoadError(f"{path} does not say its {' and '.join(missing)}")
    if plugin.name != name:
        raise PluginLoadError(f"{path} calls itself {plugin.name}, but is registered as {name}")
    if absent := sorted(plugin.__abstractmethods__):
        raise PluginLoadError(f"{path} lacks the method {' and '.join(absent)} of a {contract.__name__}")
    if kind == "ranker" and not getattr(plugin, "columns", ()):
        raise PluginLoadError(f"{path} does not say its columns")
    if not _is_strict(plugin.Settings):
        raise PluginLoadError(f"{path}: Settings must be a PluginSettings, frozen and with extra fields forbidden")
    if kind == "rule" and not issubclass(plugin.Settings, RuleSettings):
        raise PluginLoadError(
            f"{path}: Settings of a rule must inherit from recommender.plugins.rule_settings.RuleSettings, which gives "
            "every rule its window and audience"
        )
    return plugin


def _is_strict(settings: Any) -> bool:
    if not (isinstance(settings, type) and issubclass(settings, PluginSettings)):
        return False
    return bool(settings.model_config.get("frozen")) and settings.model_config.get("extra") == "forbid"


def plugin_class(kind: str, name: str) -> type[AnyPlugin]:
    """The class of an installed plugin, or PluginNotFoundError that lists what there is."""
    entry = installed().get((kind, name))
    if entry is not None and entry.plugin is not None:
        return entry.plugin
    if entry is not None:
        raise PluginNotFoundError(f"{kind} {name!r} is installed but cannot be used: {entry.problem}")
    names = ", ".join(sorted(n for k, n in installed() if k == kind))
    raise PluginNotFoundError(f"No {kind} {name!r} is installed. Installed: {names}.")


def create(kind: str, name: str, settings: dict[str, Any], slug: str = "") -> AnyPlugin:
    """A plugin with validated settings; PluginSettingsError names the setting, the value and what is allowed."""
    plugin = plugin_class(kind, name)
    try:
        values = plugin.Settings.model_validate(settings)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors())
        raise PluginSettingsError(f"{kind} {name!r}: {problems}") from error
    return plugin(values, slug)
