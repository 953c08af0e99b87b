"""Stored pipeline → plugins ready to run, kept in the process by (pipeline, version)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from recommender.exceptions import PipelineBrokenError
from recommender.models import Stage
from recommender.plugins import registry
from recommender.plugins.contracts import AnyPlugin, FusionStrategy
from recommender.plugins.exceptions import PluginError
from recommender.selectors.state import State


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


_kept: dict[int, tuple[int, Assembly]] = {}
_lock = threading.Lock()


def assembly(state: State) -> Assembly:
    """The plugins of the state's pipeline, made anew when its version has grown."""
    kept = _kept.get(state.pipeline_id)
    if kept is None or kept[0] != state.pipeline_version:
        with _lock:
            kept = (state.pipeline_version, _assemble(state))
            _kept[state.pipeline_id] = kept
    return kept[1]


def _assemble(state: State) -> Assembly:
    stages = Stage.objects.filter(pipeline_id=state.pipeline_id, enabled=True).select_related("configuration")
    problems: dict[str, str] = {}
    loaded: dict[str, list[Loaded]] = {kind: [] for kind in ("retriever", "ranker", "fusion_strategy", "rule")}
    encoders: list[tuple[str, int]] = []
    for stage in stages.order_by("position", "id"):
        configuration = stage.configuration
        if configuration.kind == "encoder":
            encoders.append((configuration.slug, configuration.pk))
            continue
        try:
            plugin = make(configuration.kind, configuration.plugin, configuration.settings, configuration.slug)
        except PluginError as error:
            problems[configuration.slug] = str(error)
            continue
        loaded[configuration.kind].append(Loaded(configuration.slug, plugin, stage.optional))
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


def make(kind: str, name: str, settings: dict[str, Any], slug: str) -> AnyPlugin:
    """A plugin made and loaded."""
    plugin = registry.create(kind, name, settings, slug)
    plugin.load()
    return plugin
