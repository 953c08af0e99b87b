"""The exam of a pipeline: everything is fitted on one part of the catalog's events and asked about the other.

A model version is judged by its stages, fitted anew on that part: its own weights have seen the answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter

import numpy as np

from recommender.models import Pipeline, Scorecard
from recommender.plugins.training import Tell, TooLittleDataError, Training
from recommender.selectors.state import state
from recommender.serving.assembly import specifications
from recommender.training import asking
from recommender.training.contest import Contender, Contest, Fitted, stages_of, untrained
from recommender.training.exposure import Stock
from recommender.training.metrics import Judged
from recommender.training.profile_attributes import read_attributes
from recommender.training.scorecard import POPULARITY, UNTRAINED, Exam, Facts, Pairs
from recommender.training.snapshots import Snapshot, read_snapshot
from recommender.training.stated import stated
from recommender.training.worlds import World

MOST_QUESTIONS = 300
"""Per segment, unless asked otherwise: enough to see a tenth, and minutes instead of hours."""


def prepared(scorecard: Scorecard, tell: Tell) -> Exam:
    """The exam that a scorecard wants: the questions are made, each system is fitted when its turn comes.

    Raises:
        TooLittleDataError: nobody chose anything, or too little is left to ask about.
    """
    wanted = scorecard.settings
    tell("reading events and items", 0, 1)
    contenders = {one.name: one for one in _contenders(scorecard)}
    snapshot = _snapshot(scorecard, contenders.values())
    training = Training(wanted.get("seed", 0), tell)
    contest = Contest(snapshot, training, gate_questions=wanted.get("questions", MOST_QUESTIONS))
    if not contest.gate.questions:
        raise TooLittleDataError("Nobody has events that could be held out: there is nothing to ask about.")
    sitting = _Sitting(contest, contenders)
    groups = read_attributes(scorecard.catalog, snapshot.dataset.profile_ids, wanted.get("attributes", ()))
    return Exam(sitting.ask, Facts(_stock(sitting.bare), groups, sitting.calibration, sitting.seconds))


@dataclass
class _Sitting:
    """The contenders' answers, each with what it took; of the first also the probabilities that it states."""

    contest: Contest
    contenders: dict[str, Contender]
    seconds: dict[str, float] = field(default_factory=dict)
    calibration: dict[str, Pairs] = field(default_factory=dict)

    @cached_property
    def bare(self) -> World:
        """The catalog after the events that all are fitted on, with nothing learned of them."""
        plan = next(iter(self.contenders.values())).plan()
        return self.contest.world(Fitted(plan), self.contest.gate)

    def ask(self, system: str) -> Judged:
        """Fit it, ask it."""
        questions = self.contest.gate.questions
        if system == POPULARITY:
            return asking.popular(self.bare, questions)
        contender = self.contenders[system]
        start = perf_counter()
        examples = self.contest.examples(contender)
        fitted = self.contest.fit(contender, self.contest.gate.data, 0)
        self.contest.fit_fusion(fitted, examples)
        world = self.contest.world(fitted, self.contest.gate)
        self.seconds[f"{system}: learning for the exam"] = perf_counter() - start
        start = perf_counter()
        judged = asking.judged(world, fitted.plan, questions, self._tell(system))
        self.seconds[f"{system}: an answer in memory"] = (perf_counter() - start) / len(questions)
        if contender is next(iter(self.contenders.values())):
            self.calibration |= stated(world, fitted.plan, questions, self.contest.gate.data.kind_names)
        return judged

    def _tell(self, system: str) -> asking.Tell:
        return lambda done, total: self.contest.training.tell(f"{system}: held-out questions", done, total)


def _contenders(scorecard: Scorecard) -> Iterable[Contender]:
    """The pipeline, the untrained default, and the pipelines beside it."""
    pipeline, version = scorecard.pipeline, scorecard.model_version
    now = specifications(pipeline.pk)
    yield Contender(pipeline.slug, stages_of(version.settings, now) if version else now)
    yield Contender(UNTRAINED, untrained(now).stages)
    named = scorecard.settings.get("others", ())
    for other in Pipeline.objects.filter(catalog=scorecard.catalog_id, slug__in=named):
        yield Contender(other.slug, specifications(other.pk))


def _snapshot(scorecard: Scorecard, contenders: Iterable[Contender]) -> Snapshot:
    encoders = {one: None for contender in contenders for one in contender.plan().encoders}
    snapshot = read_snapshot(scorecard.catalog, state(scorecard.catalog_id, scorecard.pipeline.slug), list(encoders))
    if not snapshot.data.people:
        lacking = " ".join(snapshot.dataset.lacking())
        raise TooLittleDataError(lacking or "Nobody has chosen anything yet: there is nothing to ask about.")
    return snapshot


def _stock(world: World) -> Stock:
    vectors = next(iter(world.shelf.vectors.values()), None)
    return Stock(world.offered, np.asarray(world.people == 0), world.people, vectors)
