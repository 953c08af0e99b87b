"""Where one item stands from the fusion on: its place after each stage, and its place if one were changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from recommender.plugins.contracts import PHASES
from recommender.plugins.types import Candidates, Ids, Profile, Query, Slate
from recommender.serving.assembly import Loaded, make
from recommender.serving.pipeline import Run
from recommender.serving.trace import Trace

STRONGEST = 10.0
"""Of a boost, in standard deviations; they are tried in tenths."""
MINIMUM = "minimum relevance"


@dataclass(frozen=True)
class Step:
    """A stage: the item's place before and after it, from 0 (None: it is not there), and what rules say they did."""

    name: str
    before: int | None
    after: int | None
    effects: tuple[str, ...]
    slate: Slate

    @property
    def sank(self) -> bool:
        """Whether the item stands further down than before it."""
        return self.before is not None and self.after is not None and self.after > self.before


@dataclass(frozen=True)
class Standing:
    """An item on its way through scored candidates.

    `steps` are those of a way without the stages that drop it; these are in `dropping`, as they were met.
    """

    run: Run
    profile: Profile
    query: Query
    candidates: Candidates
    item_id: int
    steps: tuple[Step, ...]
    dropping: tuple[Step, ...] = ()

    @property
    def slate(self) -> Slate:
        """The whole ranking in the end, uncut."""
        return self.steps[-1].slate

    @property
    def place(self) -> int:
        """The item's place in it, from 0."""
        place = self.steps[-1].after
        assert place is not None
        return place

    def without(self, stage: str) -> int:
        """Its place if a rule were not there."""
        return self._place(_without(self.run, stage), self.query)

    def with_limit(self, limit: int) -> int:
        """Its place among the same candidates if so many items were asked for."""
        return self._place(self.run, replace(self.query, limit=limit))

    def needed_boost(self, external_id: str) -> float | None:
        """The least boost, in standard deviations of the scores, that brings it into the list; None where none does."""
        least = _least(lambda tenths: self._shows(external_id, tenths), self._guess, int(STRONGEST * 10))
        return None if least is None else least / 10

    @property
    def _guess(self) -> int:
        """About how many tenths of a standard deviation it lacks to the last place of the list."""
        scores = self.slate.scores
        last = scores[min(self.query.limit, len(scores)) - 1]
        return round(10 * float(last - scores[self.place]) / (float(scores.std()) or 1.0))

    def _shows(self, external_id: str, tenths: int) -> bool:
        boost = make("rule", "boost", {"items": [external_id], "strength": tenths / 10}, "why-not")
        rules = in_order([*self.run.assembly.rules, Loaded("why-not", boost, optional=False)])
        run = replace(self.run, assembly=replace(self.run.assembly, rules=rules))
        return self._place(run, self.query) < self.query.limit

    def _place(self, run: Run, query: Query) -> int:
        *_, (_, slate) = run.stages(self.profile, query, self.candidates)
        place = place_of(slate.item_ids, self.item_id)
        return len(slate) if place is None else place


def standing(run: Run, profile: Profile, query: Query, candidates: Candidates, item_id: int) -> Standing:
    """Follow an item that is among the candidates; where a stage drops it, note that and go on without that stage."""
    run = replace(run, trace=Trace(budget_ms=inf))
    dropping: list[Step] = []
    while True:
        steps = _walked(run, profile, query, candidates, item_id)
        gone = next((step for step in steps if step.after is None), None)
        if gone is None:
            return Standing(run, profile, query, candidates, item_id, tuple(steps), tuple(dropping))
        dropping.append(gone)
        query = replace(query, minimum_relevance=0.0) if gone.name == MINIMUM else query
        run = _without(run, gone.name)


def _least(holds: Callable[[int], bool], guess: int, most: int) -> int | None:
    """The least number from 1 to `most` for which it holds, where it holds for all that are larger; None for none.

    Steps double on the way from the guess, so a good one costs few questions.
    """
    at = min(max(guess, 1), most)
    below, above, step = 0, most + 1, 1
    while below < at < above:
        if holds(at):
            above, at = at, max(at - step, below + 1)
        else:
            below, at = at, min(at + step, above - 1)
        step *= 2
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (below, middle) if holds(middle) else (middle, above)
    return above if above <= most else None


def place_of(item_ids: Ids, item_id: int) -> int | None:
    """Where an item stands among these, from 0."""
    found = np.flatnonzero(item_ids == item_id)
    return int(found[0]) if len(found) else None


def in_order(rules: Sequence[Loaded]) -> tuple[Loaded, ...]:
    """Rules in the order of application."""
    return tuple(sorted(rules, key=lambda one: (PHASES.index(one.plugin.phase), one.plugin.place)))


def _walked(run: Run, profile: Profile, query: Query, candidates: Candidates, item_id: int) -> list[Step]:
    steps: list[Step] = []
    before, hits = None, 0
    for name, slate in run.stages(profile, query, candidates):
        after = place_of(slate.item_ids, item_id)
        effects = tuple(hit.effect for hit in slate.hits[hits:] if hit.item_id == item_id)
        steps.append(Step(name, before, after, effects, slate))
        before, hits = after, len(slate.hits)
    return steps


def _without(run: Run, stage: str) -> Run:
    rules = tuple(one for one in run.assembly.rules if f"rule {one.slug}" != stage)
    return replace(run, assembly=replace(run.assembly, rules=rules))
