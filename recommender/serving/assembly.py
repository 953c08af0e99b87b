"""Stored pipeline → plugins ready to run, kept in the process by (pipeline, version, model version)."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import inf
from time import monotonic
from typing import Any, cast

from recommender.exceptions import PipelineBrokenError
from recommender.plugins import registry
from recommender.plugins.contracts import AnyPlugin, FusionStrategy
from recommender.plugins.training import Trainable, TrainableRanker
from recommender.selectors.revisions import current_state, rows_of
from recommender.selectors.state import State
from recommender.serving.artefacts import Artefacts, folder_of
from recommender.serving.failures import reason_to_go_on

DEFAULT_BUDGET_MS = 1_000
RETRY_SECONDS = 30.0
"""How long an answer goes without a plugin that could not be made before another one tries it again."""


@dataclass(frozen=True)
class Specification:
    """A stage as it is stored: which plugin with which settings, under which slug."""

    kind: str
    slug: str
    plugin: str
    settings: dict[str, Any]
    optional: bool = False
    configuration_id: int = 0


@dataclass(frozen=True)
class Loaded:
    """A plugin at its place in a pipeline."""

    slug: str
    plugin: Any
    optional: bool
    configuration_id: int = 0


@dataclass(frozen=True)
class Assembly:
    """The plugins of one pipeline version, and the configurations that could not be made."""

    encoders: tuple[tuple[str, int], ...]
    retrievers: tuple[Loaded, ...]
    rankers: tuple[Loaded, ...]
    fusion: FusionStrategy[Any]
    rules: tuple[Loaded, ...]
    problems: dict[str, str] = field(default_factory=dict)
    budget_ms: int = DEFAULT_BUDGET_MS

    @property
    def tables(self) -> dict[str, tuple[str, ...]]:
        """Item-to-item tables that its rankers learn: slug → measures."""
        learning = [one for one in self.rankers if isinstance(one.plugin, TrainableRanker)]
        return {one.slug: one.plugin.measures for one in learning if one.plugin.measures}


@dataclass(frozen=True)
class Kept:
    """An assembly, the versions of pipeline and model it was made of, and when what it lacks is tried again."""

    version: tuple[int, ...]
    assembly: Assembly
    until: float

    def serves(self, state: State) -> bool:
        """Whether it is up to date."""
        return self.version == versions(state) and monotonic() < self.until


def versions(state: State) -> tuple[int, ...]:
    """What an assembly rests on: with a promotion, a rollback or a new text space the next answer has another one."""
    return state.pipeline_version, state.model_version_id, *(space.id for space in state.spaces)


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
    same = earlier is not None and earlier.version == versions(state)
    known = _plugins(earlier.assembly) if earlier is not None and same else {}
    now = current_state(state.pipeline_id)
    learned = Artefacts(state.model_version_id, {space.id for space in state.spaces})
    made = assemble(specified(now), state.pipeline_slug, known, learned)
    made = replace(made, budget_ms=now["budget_ms"])
    return Kept(versions(state), made, monotonic() + RETRY_SECONDS if made.problems else inf)


def specifications(pipeline_id: int, *, draft: bool = False) -> list[Specification]:
    """The enabled stages of a pipeline, in order: as published, or as they stand."""
    return specified(current_state(pipeline_id, draft=draft))


def specified(state: Mapping[str, Any]) -> list[Specification]:
    """The enabled stages or rules of a snapshot, in order."""
    return [
        Specification(
            row["kind"],
            row["slug"],
            row["plugin"],
            row["settings"],
            row.get("optional", False),
            row["configuration_id"],
        )
        for row in rows_of(state)
        if row["enabled"]
    ]


def assemble(
    stages: Sequence[Specification],
    name: str,
    known: Mapping[tuple[str, str], AnyPlugin] | None = None,
    learned: Artefacts | None = None,
) -> Assembly:
    """Plugins for these stages of the pipeline `name`; those in `known` (by kind and slug) are taken as they are."""
    problems: dict[str, str] = {}
    loaded: dict[str, list[Loaded]] = {kind: [] for kind in ("retriever", "ranker", "fusion_strategy", "rule")}
    encoders: list[tuple[str, int]] = []
    known = known or {}
    for one in stages:
        if one.kind == "encoder":
            encoders.append((one.slug, one.configuration_id))
            continue
        try:
            plugin = known.get((one.kind, one.slug)) or make(one.kind, one.plugin, one.settings, one.slug, learned)
        except Exception as error:  # whatever a stranger's plugin raises, the pipeline goes on without it
            problems[f"{one.kind.split('_')[0]} {one.slug}"] = reason_to_go_on(one.slug, error)
            if one.kind != "fusion_strategy":
                continue
            plugin = fallback_fusion()
        loaded[one.kind].append(Loaded(one.slug, plugin, one.optional, one.configuration_id))
    if learned is not None and learned.problem:
        problems["model version"] = learned.problem
    if not loaded["fusion_strategy"] or not loaded["retriever"]:
        why = "; ".join(problems.values()) or "it lacks a fusion strategy or a retriever"
        raise PipelineBrokenError(f"Pipeline {name!r} cannot run: {why}. Mend it in the admin.")
    return Assembly(
        encoders=tuple(encoders),
        retrievers=tuple(loaded["retriever"]),
        rankers=tuple(loaded["ranker"]),
        fusion=loaded["fusion_strategy"][0].plugin,
        rules=tuple(loaded["rule"]),
        problems=problems,
    )


def _plugins(earlier: Assembly) -> dict[tuple[str, str], AnyPlugin]:
    """The plugins of an assembly that are the pipeline's own, by kind and slug."""
    stages = [*earlier.retrievers, *earlier.rankers, *earlier.rules]
    plugins = {(stage.plugin.kind, stage.slug): stage.plugin for stage in stages}
    if earlier.fusion is not fallback_fusion():
        plugins["fusion_strategy", earlier.fusion.slug] = earlier.fusion
    return plugins


@lru_cache(maxsize=1)
def fallback_fusion() -> FusionStrategy[Any]:
    """What ranks when a pipeline's own fusion cannot: reciprocal rank needs neither weights nor a common scale."""
    return cast("FusionStrategy[Any]", make("fusion_strategy", "reciprocal-rank", {}, "reciprocal-rank"))


def make(kind: str, name: str, settings: dict[str, Any], slug: str, learned: Artefacts | None = None) -> AnyPlugin:
    """A plugin made and loaded, with what it learned when the pipeline has a live model version."""
    plugin = registry.create(kind, name, settings, slug)
    plugin.load()
    if learned is not None and isinstance(plugin, Trainable):
        learned.load_into(plugin, folder_of(kind, slug))
    return plugin
