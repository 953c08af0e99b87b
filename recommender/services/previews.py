"""Lists that are only looked at: as published, or by a draft. Never recorded, so they count as shown to nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from pydantic import ValidationError

from recommender.exceptions import PipelineBrokenError, PlacementBrokenError, PlacementNotFoundError
from recommender.models import Placement
from recommender.plugins.contracts import AnyPlugin
from recommender.schemas import ItemList, RecommendedItem, RecommendRequest
from recommender.selectors.revisions import current_state, snapshot
from recommender.selectors.state import State, state
from recommender.services.answers import Answer, listed, make_answer
from recommender.serving.artefacts import Artefacts
from recommender.serving.assembly import Assembly, assemble, assembly, fallback_fusion, specified
from recommender.serving.placements import Placed, placed_as

OVERLAP = 10
"""So many first places are compared: what most visitors see of a list."""


@dataclass(frozen=True)
class Preview:
    """An answer that nobody was given, explained."""

    answer: Answer
    told: ItemList
    milliseconds: float = 0.0

    @property
    def items(self) -> list[RecommendedItem]:
        """The places of the list, first place first."""
        return self.told.items

    @property
    def ids(self) -> list[str]:
        """External ids, first place first."""
        return [item.item_id for item in self.items]


@dataclass(frozen=True)
class Difference:
    """What lies between two lists of external ids."""

    before: Sequence[str]
    after: Sequence[str]

    @property
    def moved(self) -> dict[str, int | None]:
        """Of each item of the second list by how many places it rose (above 0) or fell; None: only here."""
        places = {item: place for place, item in enumerate(self.before)}
        return {item: places[item] - place if item in places else None for place, item in enumerate(self.after)}

    @property
    def changed_places(self) -> int:
        """At how many places another item stands, or one in one list only."""
        same = sum(one == other for one, other in zip(self.before, self.after, strict=False))
        return max(len(self.before), len(self.after)) - same

    @property
    def overlap(self) -> int:
        """How many items the first ten places share, in whatever order."""
        return len({*self.before[:OVERLAP]} & {*self.after[:OVERLAP]})

    @property
    def compared(self) -> int:
        """Of how many places the overlap is told: ten, fewer where the lists are shorter."""
        return min(OVERLAP, max(len(self.before), len(self.after)))


def preview(catalog_id: int, request: RecommendRequest, *, draft: bool = False) -> Preview:
    """The list of a request, as published, or by the draft of what it names.

    Raises what an answer raises: the request names something unknown, or the pipeline cannot run.
    """
    return previewed(catalog_id, request, *drafted(catalog_id, request)) if draft else previewed(catalog_id, request)


def drafted(catalog_id: int, request: RecommendRequest) -> tuple[Assembly | None, Placed | None]:
    """The draft of the placement that a request names, else of its pipeline: stages or placement of `make_answer`."""
    if request.placement:
        return None, draft_placement(catalog_id, request.placement)
    return draft_assembly(state(catalog_id, request.pipeline)), None


def previewed(
    catalog_id: int, request: RecommendRequest, plan: Assembly | None = None, place: Placed | None = None
) -> Preview:
    """The list of a request by these stages or this placement; by what is published where they are not given."""
    request = request.model_copy(update={"explain": True})
    started = perf_counter()
    answer = make_answer(catalog_id, request, plan, place)
    told = listed(answer, request)
    return Preview(answer, told, (perf_counter() - started) * 1000)


def draft_placement(catalog_id: int, slug: str) -> Placed:
    """A placement as its rows stand, published or not.

    Raises:
        PlacementBrokenError: its filter is none that a request could have.
    """
    placement = Placement.objects.select_related("pipeline").filter(catalog=catalog_id, slug=slug).first()
    if placement is None:
        raise PlacementNotFoundError(slug)
    try:
        return placed_as(slug, snapshot(placement))
    except ValidationError as error:
        raise PlacementBrokenError(slug, str(error)) from error


def draft_assembly(now_state: State) -> Assembly:
    """The pipeline's stages as its rows stand; what they share with the published ones is not made a second time."""
    draft = current_state(now_state.pipeline_id, draft=True)
    live = specified(current_state(now_state.pipeline_id))
    stages = specified(draft)
    unchanged = {(one.kind, one.slug) for one in stages if one in live}
    known = {key: plugin for key, plugin in _running(now_state).items() if key in unchanged}
    learned = Artefacts(now_state.model_version_id, {space.id for space in now_state.spaces})
    return replace(assemble(stages, now_state.pipeline_slug, known, learned), budget_ms=draft["budget_ms"])


def _running(now_state: State) -> dict[tuple[str, str], AnyPlugin]:
    """The plugins that answer now, by kind and slug; none where the published pipeline cannot run."""
    try:
        now = assembly(now_state)
    except PipelineBrokenError:
        return {}
    stages = [*now.retrievers, *now.rankers, *now.rules]
    running: dict[tuple[str, str], AnyPlugin] = {(stage.plugin.kind, stage.slug): stage.plugin for stage in stages}
    if now.fusion is not fallback_fusion():
        running["fusion_strategy", now.fusion.slug] = now.fusion
    return running
