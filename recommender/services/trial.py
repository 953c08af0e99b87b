"""“Test this configuration”: make its plugin, load it, and let it do its work once on a small sample."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from django.utils import timezone
from scipy.sparse import csr_matrix

from recommender.models import Configuration
from recommender.models.configuration import PluginKind
from recommender.plugins.contracts import AnyPlugin, Encoder, FusionStrategy, Ranker, Retriever, Rule
from recommender.plugins.exceptions import PluginContractError, PluginError
from recommender.plugins.output_checks import (
    checked_query,
    checked_ranking,
    checked_scores,
    checked_shortlist,
    checked_slate,
    checked_vectors,
)
from recommender.plugins.registry import create, plugin_class
from recommender.plugins.types import Candidates, Features, Floats, Profile, Query, Slate

SENTENCE = "我需要一件高端的商务装 · I need a smart suit"
SAMPLE = 4


@dataclass(frozen=True)
class Trial:
    """How a trial went: whether the plugin kept its contract, and what to tell the person who asked."""

    passed: bool
    message: str


def try_configuration(configuration: Configuration) -> Trial:
    """Run the plugin once with the stored settings. Nothing is written, and no exception leaves."""
    started = time.perf_counter()
    try:
        plugin = create(configuration.kind, configuration.plugin, configuration.settings, configuration.slug)
        plugin.load()
        loaded = time.perf_counter()
        outcome = _run(plugin, configuration)
    except PluginError as error:
        return Trial(False, str(error))
    except Exception as error:  # a plugin may raise whatever it likes; the person who tests it wants to read it
        return Trial(False, f"{type(error).__name__}: {error}")
    load_ms, run_ms = (loaded - started) * 1000, (time.perf_counter() - loaded) * 1000
    return Trial(True, f"{outcome} Loaded in {load_ms:.0f} ms, answered in {run_ms:.1f} ms.")


def _run(plugin: AnyPlugin, configuration: Configuration) -> str:
    query = Query(catalog_id=configuration.catalog_id, limit=SAMPLE, now=timezone.now())
    if isinstance(plugin, Encoder):
        return _encode(plugin)
    if isinstance(plugin, Retriever):
        return _retrieve(plugin, query)
    if isinstance(plugin, Ranker):
        return _rank(plugin)
    if isinstance(plugin, FusionStrategy):
        return _fuse(plugin, configuration)
    assert isinstance(plugin, Rule)
    return _apply(plugin, query)


def _encode(encoder: Encoder) -> str:  # type: ignore[type-arg]  # any settings
    vectors = checked_vectors(encoder.encode([SENTENCE, ""], "query"), 2, encoder.dimension)
    if not vectors[0].any():
        raise PluginContractError("The plugin breaks its contract: a sentence became a vector of zeros.")
    return f"“{SENTENCE}” became a vector of {encoder.dimension} dimensions."


def _retrieve(retriever: Retriever, query: Query) -> str:  # type: ignore[type-arg]  # any settings
    found = checked_shortlist(retriever.retrieve(Profile(), query))
    return f"Found {len(found)} items for a person of whom nothing is known."


def _rank(ranker: Ranker) -> str:  # type: ignore[type-arg]  # any settings
    candidates = _candidates({})
    scores = checked_scores(ranker, candidates, ranker.rank(Profile(), candidates))
    return f"Gives {len(scores)} columns: {', '.join(ranker.columns)}."


def _fuse(fusion: FusionStrategy, configuration: Configuration) -> str:  # type: ignore[type-arg]  # any settings
    columns = _columns_of_rankers(configuration)
    candidates = _candidates(columns)
    slate = checked_ranking(candidates, fusion.fuse(Profile(), candidates))
    return f"Fused {len(columns)} columns of {len(candidates)} sample items into one ranking by {slate.method}."


def _apply(rule: Rule, query: Query) -> str:  # type: ignore[type-arg]  # any settings
    candidates = _candidates({})
    scores = np.linspace(1, 0, len(candidates), dtype=np.float32)
    slate = Slate(
        candidates.item_ids, scores, {"constant": scores}, {}, "sample", candidates, np.arange(len(candidates))
    )
    narrowed = checked_query(rule.restrict(query))
    answer = checked_slate(slate, narrowed, rule.apply(slate, Profile(), narrowed))
    return f"Finished a list of {len(slate)} sample items and touched {len(answer.hits)}."


def _columns_of_rankers(configuration: Configuration) -> dict[str, Floats]:
    """Random scores under the names that the catalog's rankers give."""
    random = np.random.default_rng(0)
    rankers = Configuration.objects.filter(catalog=configuration.catalog_id, kind=PluginKind.RANKER)
    names: list[str] = []
    for ranker in rankers:
        plugin = plugin_class(ranker.kind, ranker.plugin)
        assert issubclass(plugin, Ranker)
        names += [f"{ranker.slug}.{column}" for column in plugin.columns]
    return {name: random.random(2 * SAMPLE, dtype=np.float32) for name in names or ["sample.score"]}


def _candidates(columns: dict[str, Floats]) -> Candidates:
    """A few items of which nothing is known, and as many for reference."""
    rows = 2 * SAMPLE
    nothing = np.zeros(rows, dtype=np.float32)
    features = Features(
        item_ids=-np.arange(1, rows + 1, dtype=np.int64),  # of no item in the database
        vectors={},
        whitened={},
        lexical=csr_matrix((rows, 1), dtype=np.float32),
        structured=csr_matrix((rows, 1), dtype=np.float32),
        people=nothing.copy(),
        popularity=nothing.copy(),
        age_days=nothing.copy(),
    )
    return Candidates(features, SAMPLE, columns)
