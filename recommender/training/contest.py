"""Configurations on trial: each fitted on the same part of a catalog's events, each asked the same questions.

Held out first: people, items and events that judge (the gate's cut). Within the rest smaller cuts of the same kind give
a learned fusion its examples. Nothing is ever judged on events that it was fitted on. The fusion that goes live learns
from cuts of everything, the gate's among them: cuts within a cut know people by fewer events than requests will.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from recommender.plugins.training import (
    FusionExamples,
    Learned,
    TooLittleDataError,
    TrainableFusion,
    TrainableRanker,
    Training,
    TrainingData,
)
from recommender.plugins.types import Mask
from recommender.services.defaults import DEFAULT_STAGES
from recommender.serving.assembly import Assembly, Loaded, Specification, assemble
from recommender.training import asking
from recommender.training.clicked import clicked_cut
from recommender.training.cold_starts import NEW_ITEMS, ColdStart
from recommender.training.making import trained, world_of
from recommender.training.metrics import Judged
from recommender.training.snapshots import Snapshot
from recommender.training.worlds import World

INNER_QUESTIONS, WHOLE_QUESTIONS, GATE_QUESTIONS = 600, 1_000, 300
"""At most, per segment: of all inner cuts together, of all cuts of everything together, and of the gate's."""
FEWEST_CUTS, MOST_CUTS, LOST_ITEMS = 2, 5, 1_000
"""So many items in all should have played new ones in the cuts: a fusion that saw few of them learns these few by
heart. A small catalog needs more cuts for it, and can afford them."""
INNER_SEED, WHOLE_SEED = 1_000, 2_000
GATE, EVERYTHING, INNER, WHOLE = 0, -1, 1, 101
"""Numbers of the parts of the data that are fitted on; of inner cuts and of cuts of everything, that of the first."""


@dataclass(frozen=True)
class Contender:
    """A configuration on trial: the stages of a pipeline."""

    name: str
    stages: Sequence[Specification]

    def plan(self) -> Assembly:
        """Its plugins, new and untrained."""
        return assemble(self.stages, self.name)

    @property
    def fingerprint(self) -> list[dict[str, Any]]:
        """What makes it what it is, as JSON."""
        kept = ("kind", "slug", "plugin", "settings")
        return [{key: value for key, value in asdict(one).items() if key in kept} for one in self.stages]


def untrained(stages: Sequence[Specification]) -> Contender:
    """The default pipeline as it is before any training, with the encoders of these stages."""
    encoders = [one for one in stages if one.kind == "encoder"]
    default = [Specification(kind.value, plugin, plugin, settings) for kind, plugin, _, settings, _ in DEFAULT_STAGES]
    return Contender("untrained", [*encoders, *default])


def stages_of(fingerprint: Sequence[dict[str, Any]], now: Sequence[Specification]) -> list[Specification]:
    """The stages of a version's fingerprint; an encoder is the configuration that has its slug now."""
    ids = {(one.kind, one.slug): one.configuration_id for one in now}
    return [Specification(**one, configuration_id=ids.get((one["kind"], one["slug"]), 0)) for one in fingerprint]


@dataclass(frozen=True)
class Fitted:
    """A plan whose rankers learned of one part of the events: what they learned by slug, and why some did not."""

    plan: Assembly
    learned: dict[str, Learned] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


@dataclass
class Contest:
    """The cuts of one snapshot and seed, and what was fitted on them so far."""

    snapshot: Snapshot
    training: Training
    gate_questions: int = GATE_QUESTIONS
    inner_questions: int = INNER_QUESTIONS
    whole_questions: int = WHOLE_QUESTIONS
    _fits: dict[tuple[int, str], tuple[TrainableRanker[Any], Learned | str]] = field(default_factory=dict)

    @cached_property
    def gate(self) -> ColdStart:
        """What judges."""
        self.training.tell("writing and encoding sentences", 0, 1)
        return self.snapshot.cut(self.snapshot.data, self.training.seed, self.gate_questions)

    @cached_property
    def inner(self) -> list[ColdStart]:
        """Cuts within what the gate's cut leaves."""
        most = self.inner_questions // self.cuts
        return self._cuts(self.gate.data, self.gate.inside, INNER_SEED, self.cuts, most)

    @cached_property
    def whole(self) -> list[ColdStart]:
        """Cuts of everything, which make up the number together with the gate's."""
        most = self.whole_questions // self.cuts
        return self._cuts(self.snapshot.data, None, WHOLE_SEED, self.cuts - 1, most)

    @cached_property
    def clicked(self) -> list[ColdStart]:
        """Recorded answers that were clicked, as a cut; nothing while there are too few."""
        found = clicked_cut(self.snapshot, self.training.seed)
        return [] if found is None else [found]

    def _cuts(self, data: TrainingData, inside: Mask | None, first_seed: int, count: int, most: int) -> list[ColdStart]:
        found = []
        for number in range(count):
            self.training.tell("writing and encoding sentences", number, count)
            found.append(self.snapshot.cut(data, self.training.seed + first_seed + number, most, inside))
        return found

    @property
    def cuts(self) -> int:
        """How many cuts this catalog needs."""
        lost = NEW_ITEMS * max(int(self.gate.data.known.sum()), 1)
        return int(np.clip(np.ceil(LOST_ITEMS / lost), FEWEST_CUTS, MOST_CUTS))

    def examples(self, contender: Contender) -> list[FusionExamples]:
        """The inner cuts' questions as the contender's fusion sees them; none where it does not learn."""
        return self._examples(contender, "inner questions", lambda: self.inner, INNER)

    def whole_examples(self, contender: Contender) -> list[FusionExamples]:
        """The questions of the cuts of everything, for the fusion that goes live."""
        return self._examples(
            contender, "questions of everything", lambda: [self.gate, *self.whole, *self.clicked], WHOLE
        )

    def _examples(
        self, contender: Contender, what: str, cuts: Callable[[], Sequence[ColdStart]], first: int
    ) -> list[FusionExamples]:
        if not isinstance(contender.plan().fusion, TrainableFusion):
            return []
        found = []
        for place, cut in enumerate(cuts()):
            fitted = self.fit(contender, cut.data, GATE if cut is self.gate else first + place)
            tell = self._teller(f"{contender.name}: {what} {place + 1}")
            world = self.world(fitted, cut)
            found.append(asking.examples(world, fitted.plan, cut.questions, cut.data.kind_names, tell))
        return found

    def judged(self, contender: Contender, examples: Sequence[FusionExamples]) -> tuple[Judged, Fitted, World]:
        """The contender's answers to the gate's questions, its fusion fitted to the examples."""
        fitted = self.fit(contender, self.gate.data, GATE)
        self.fit_fusion(fitted, examples)
        world = self.world(fitted, self.gate)
        tell = self._teller(f"{contender.name}: held-out questions")
        return asking.judged(world, fitted.plan, self.gate.questions, tell), fitted, world

    def fit(self, contender: Contender, data: TrainingData, part: int) -> Fitted:
        """The contender's rankers fitted on this data; what another contender has fitted on the same part is shared."""
        plan = contender.plan()
        learned: dict[str, Learned] = {}
        skipped: dict[str, str] = {}
        rankers = []
        for one in plan.rankers:
            if not isinstance(one.plugin, TrainableRanker):
                rankers.append(one)
                continue
            plugin, outcome = self._fit_one(contender, one, data, part)
            rankers.append(replace(one, plugin=plugin))
            if isinstance(outcome, str):
                skipped[one.slug] = outcome
            else:
                learned[one.slug] = outcome
        return Fitted(replace(plan, rankers=tuple(rankers)), learned, skipped)

    def _fit_one(
        self, contender: Contender, one: Loaded, data: TrainingData, part: int
    ) -> tuple[TrainableRanker[Any], Learned | str]:
        spec = next(stage for stage in contender.stages if stage.kind == "ranker" and stage.slug == one.slug)
        key = part, json.dumps([spec.slug, spec.plugin, spec.settings], sort_keys=True)
        if key not in self._fits:
            self.training.tell(f"fitting {one.slug}", 0, 1)
            try:
                self._fits[key] = one.plugin, one.plugin.fit(data, self.training)
            except TooLittleDataError as error:
                self._fits[key] = one.plugin, str(error)
        return self._fits[key]

    def fit_fusion(self, fitted: Fitted, examples: Sequence[FusionExamples]) -> None:
        """Fit the plan's fusion in place; one with too little to learn from stays as it is."""
        fusion = fitted.plan.fusion
        if not isinstance(fusion, TrainableFusion):
            return
        try:
            if not examples:
                raise TooLittleDataError(f"{fusion.slug} has no questions to learn from.")
            fusion.fit(asking.joined(examples), self.training)
        except TooLittleDataError as error:
            fitted.skipped[fusion.slug] = str(error)

    def world(self, fitted: Fitted, cut: ColdStart) -> World:
        """The catalog as it would be after the cut's events."""
        known = trained(fitted.plan, fitted.learned, cut.data.item_ids)
        return world_of(self.snapshot.shelf, cut.data, cut.inside, self.snapshot.sentences, known)

    def _teller(self, step: str) -> asking.Tell:
        return lambda done, total: self.training.tell(step, done, total)
