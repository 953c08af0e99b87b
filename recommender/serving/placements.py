"""Where a list appears: what the placement asks for, its rules, and which of all rules hold for this request."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from recommender.exceptions import OverrideNotAllowedError
from recommender.models import Override, Revision
from recommender.plugins.contracts import PHASES
from recommender.plugins.rule_settings import RuleSettings
from recommender.schemas import Filter, RecommendRequest
from recommender.selectors.state import State
from recommender.serving.assembly import Loaded, make, specified
from recommender.serving.failures import reason_to_go_on
from recommender.serving.profiles import Person


@dataclass(frozen=True)
class Placed:
    """A placement, ready to be used; without a slug: a request that names none, which may ask for all."""

    slug: str = ""
    pipeline: str = ""
    filter: Filter = field(default_factory=Filter)
    minimum_relevance: float = 0.0
    overrides: frozenset[str] = frozenset(Override)
    rules: tuple[Loaded, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)

    def completed(self, request: RecommendRequest) -> RecommendRequest:
        """The request with what the placement asks for where it says nothing itself.

        Raises OverrideNotAllowedError where it says what the placement does not leave to requests.
        """
        for name in Override.values:
            if name in request.model_fields_set and name not in self.overrides and _says(request, name):
                raise OverrideNotAllowedError(name, self.slug)
        wanted = {name: getattr(self, name) for name in ("filter", "minimum_relevance") if not _says(request, name)}
        return request.model_copy(update=wanted)


NOWHERE = Placed()
_kept: dict[int, tuple[int, Placed]] = {}
_lock = threading.Lock()


def placed(state: State) -> Placed:
    """The state's placement, made anew when another version of it was published."""
    if not state.placement_id:
        return NOWHERE
    kept = _kept.get(state.placement_id)
    if kept is None or kept[0] != state.placement_version:
        with _lock:
            live = Revision.objects.get(placement=state.placement_id, version=state.placement_version)
            kept = _kept[state.placement_id] = (state.placement_version, placed_as(state.placement_slug, live.snapshot))
    return kept[1]


def placed_as(slug: str, snapshot: Mapping[str, Any]) -> Placed:
    """The placement as a snapshot has it, be it the published one or a draft."""
    rules, problems = [], {}
    for one in specified(snapshot):
        try:
            plugin = make(one.kind, one.plugin, one.settings, one.slug)
        except Exception as error:  # whatever a stranger's plugin raises, the placement goes on without it
            problems[f"rule {one.slug}"] = reason_to_go_on(one.slug, error)
            continue
        rules.append(Loaded(one.slug, plugin, optional=False, configuration_id=one.configuration_id))
    return Placed(
        slug,
        snapshot["pipeline"],
        Filter.model_validate(snapshot["filter"]),
        snapshot["minimum_relevance"],
        frozenset(snapshot["overrides"]),
        tuple(rules),
        problems,
    )


def in_force(rules: Sequence[Loaded], person: Person, now: datetime, arm: str = "") -> tuple[Loaded, ...]:
    """The rules whose window is open and whose audience the person belongs to, in the order of application.

    `arm` is that of the experiment that answers, as rules name it: "new-fusion/B".
    """
    holding = [one for one in rules if _holds(one.plugin.settings, person, now, arm)]
    return tuple(sorted(holding, key=lambda one: (PHASES.index(one.plugin.phase), one.plugin.place)))


def _holds(settings: RuleSettings, person: Person, now: datetime, arm: str) -> bool:
    return settings.is_open(now) and settings.is_for(person.attributes, person.language, len(person.history), arm)


def _says(request: RecommendRequest, name: str) -> bool:
    value: object = getattr(request, name)
    return bool(value != RecommendRequest.model_fields[name].get_default(call_default_factory=True))
