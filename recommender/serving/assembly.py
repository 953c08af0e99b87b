"""Stored pipeline → plugins ready to run, kept in the process by (pipeline, version)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf
from time import monotonic
from typing import Any, cast

from recommender.exceptions import PipelineBrokenError
from recommender.models import Stage
from recommender.plugins import registry
from recommender.plugins.contracts import AnyPlugin, FusionStrategy
from recommender.selectors.state import State
from recommender.serving.failures import reason_to_go_on

RETRY_SECONDS = 30.0
"""How long an answer goes without a plugin that could not be made before another one tries it again."""


@dataclass(frozen=True)
class Loaded:
    """A plugin at its place in a pipeline."""

    slug: str
    plugin: Any
    optional: bool


@dataclass(frozen=True)
class Assembly:
    """The plugins of one pipeline version, and the configurations that could not be made."""

    encoders: tuple[tuple[str, int], ...]
    retrievers: tuple[Loaded, ...]
    rankers: tuple[Loaded, ...]
    fusion: FusionStrategy[Any]
    rules: tuple[Loaded, ...]
    problems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """An assembly, the pipeline version it was made of, and when what it lacks is tried again."""

    version: int
    assembly: Assembly
    until: float

    def serves(self, state: State) -> bool:
        """Whether it is up to date."""
        return self.version == state.pipeline_version and monotonic() < self.until


_kept: dict[int, Kept] = {}
_lock = threading.Lock()


def assembly(state: State) -> Assembly:
    """The plugins of the state's pipeline, made anew when its version has grown."""
    kept = _kept.get(state.pipeline_id)
    if kept is None or not kept.serves(state):
        with _lock:
            kept = _kept.get(state.pipeline_id)
            if kept is None or not kept.serves(state):
                kept = _kept[state.pipeline_id] = _made(state, kept)
    return kept.assembly


def _made(state: State, earlier: Kept | None) -> Kept:
    """What could be made of the same version before stays: only what failed is tried again."""
    same = earlier is not None and earlier.version == state.pipeline_version
    made = _assemble(state, earlier.assembly if earlier is not None and same else None)
    return Kept(state.pipeline_version, made, monotonic() + RETRY_SECONDS if made.problems else inf)


def _assemble(state: State, earlier: Assembly | None) -> Assembly:
    stages = Stage.objects.filter(pipeline_id=state.pipeline_id, enabled=True).select_related("configuration")
    problems: dict[str, str] = {}
    loaded: dict[str, list[Loaded]] = {kind: [] for kind in ("retriever", "ranker", "fusion_strategy", "rule")}
    encoders: list[tuple[str, int]] = []
    known = _plugins(earlier)
    for stage in stages.order_by("position", "id"):
        one = stage.configuration
        if one.kind == "encoder":
            encoders.append((one.slug, one.pk))
            continue
        try:
            plugin = known.get((one.kind, one.slug)) or make(one.kind, one.plugin, one.settings, one.slug)
        except Exception as error:  # whatever a stranger's plugin raises, the pipeline goes on without it
            problems[f"{one.kind.split('_')[0]} {one.slug}"] = reason_to_go_on(one.slug, error)
            if one.kind != "fusion_strategy":
                continue
            plugin = fallback_fusion()
        loaded[one.kind].append(Loaded(one.slug, plugin, stage.optional))
    if not loaded["fusion_strategy"] or not loaded["retriever"]:
        why = "; ".join(problems.values()) or "it lacks a fusion strategy or a retriever"
        raise PipelineBrokenError(f"Pipeline {state.pipeline_slug!r} cannot run: {why}. Mend it in the admin.")
    return Assembly(
        encoders=tuple(encoders),
        retrievers=tuple(loaded["retriever"]),
        rankers=tuple(loaded["ranker"]),
        fusion=loaded["fusion_strategy"][0].plugin,
        rules=tuple(loaded["rule"]),
        problems=problems,
    )


def _plugins(earlier: Assembly | None) -> dict[tuple[str, str], AnyPlugin]:
    """The plugins of an assembly that are the pipeline's own, by kind and slug."""
    if earlier is None:
        return {}
    stages = [*earlier.retrievers, *earlier.rankers, *earlier.rules]
    plugins = {(stage.plugin.kind, stage.slug): stage.plugin for stage in stages}
    if earlier.fusion is not fallback_fusion():
        plugins["fusion_strategy", earlier.fusion.slug] = earlier.fusion
    return plugins


@lru_cache(maxsize=1)
def fallback_fusion() -> FusionStrategy[Any]:
    """What ranks when a pipeline's own fusion cannot: reciprocal rank needs neither weights nor a common scale."""
    return cast("FusionStrategy[Any]", make("fusion_strategy", "reciprocal-rank", {}, "reciprocal-rank"))


def make(kind: str, name: str, settings: dict[str, Any], slug: str) -> AnyPlugin:
    """A plugin made and loaded."""
    plugin = registry.create(kind, name, settings, slug)
    plugin.load()
    return plugin
