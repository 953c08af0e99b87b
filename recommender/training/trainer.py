"""THE LEARNING of a pipeline, top to bottom: snapshot → contest → gate → once more on everything → publish."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from django.db.models import Max

from recommender import __version__
from recommender.exceptions import PipelineNotFoundError
from recommender.models import ModelVersion, Pipeline, TrainingRun
from recommender.plugins.training import Tell, TooLittleDataError, Trainable, Training
from recommender.selectors.state import state
from recommender.services.refresh import refresh
from recommender.serving.artefacts import folder_of
from recommender.serving.assembly import Assembly, specifications
from recommender.training import asking, promotion
from recommender.training.contest import EVERYTHING, Contender, Contest, Fitted, stages_of, untrained
from recommender.training.gate import GateSettings, Verdict, decide
from recommender.training.making import trained
from recommender.training.metrics import Judged, summary
from recommender.training.snapshots import Snapshot, read_snapshot


def train(run: TrainingRun, tell: Tell) -> ModelVersion:
    """Train the run's pipeline, let the gate decide, and publish: live when it won, a candidate when it did not.

    `tell(step, done, total)` hears of the progress and may raise TrainingCancelledError: nothing that a request reads
    has changed until the end. Raises TooLittleDataError where there is nothing to learn from.
    """
    started = perf_counter()
    training = Training(run.seed, tell)
    refresh(run.catalog, tell)
    tell("reading events and items", 0, 1)
    candidate = Contender(run.pipeline.slug, specifications(run.pipeline_id))
    rival = _rival(run.pipeline, candidate)
    snapshot = _snapshot(run, candidate, rival)
    contest = Contest(snapshot, training)
    outcome = _contested(contest, candidate, rival)
    fitted = _fitted_on_everything(contest, candidate)
    version = _published(run, snapshot, candidate, outcome, fitted, perf_counter() - started, tell)
    if outcome.verdict.passed:
        promotion.promote(version)
    promotion.prune(run.pipeline)
    return version


@dataclass(frozen=True)
class Rival:
    """What the candidate has to beat, or, where only its data is new, not to fall behind."""

    contender: Contender
    why: str
    same: bool = False


@dataclass(frozen=True)
class Outcome:
    """How the contest ended."""

    verdict: Verdict
    ours: Judged
    theirs: Judged
    popular: Judged
    skipped: dict[str, str]


def _rival(pipeline: Pipeline, candidate: Contender) -> Rival:
    """The configuration that answers now; the untrained default where that is the candidate's own."""
    default = Pipeline.objects.filter(catalog=pipeline.catalog_id, is_default=True).first()
    if default is None:
        raise PipelineNotFoundError
    if default.pk != pipeline.pk:
        return Rival(Contender(default.slug, specifications(default.pk)), f"“{default}”, which answers now")
    live = ModelVersion.objects.filter(pipeline=pipeline, status=ModelVersion.Status.LIVE).first()
    if live is not None and live.settings != candidate.fingerprint:
        stages = stages_of(live.settings, candidate.stages)
        return Rival(Contender(f"{pipeline.slug} v{live.number}", stages), f"{live}, which answers now")
    return Rival(untrained(candidate.stages), "the untrained default, since only the events are new", same=True)


def _snapshot(run: TrainingRun, candidate: Contender, rival: Rival) -> Snapshot:
    encoders = {one: None for contender in (candidate, rival.contender) for one in contender.plan().encoders}
    snapshot = read_snapshot(run.catalog, state(run.catalog_id, run.pipeline.slug), list(encoders))
    if not snapshot.data.people:
        lacking = " ".join(snapshot.dataset.lacking())
        raise TooLittleDataError(lacking or "Nobody has chosen anything yet: there is nothing to learn from.")
    return snapshot


def _contested(contest: Contest, candidate: Contender, rival: Rival) -> Outcome:
    ours, fitted, world = contest.judged(candidate, contest.examples(candidate))
    theirs, _, _ = contest.judged(rival.contender, contest.examples(rival.contender))
    verdict = decide(ours, theirs, GateSettings(may_be_even=rival.same))
    told = Verdict(verdict.passed, [f"Compared with {rival.why}.", *verdict.reasons], verdict.figures)
    popular = asking.popular(world, contest.gate.questions)
    return Outcome(told, ours, theirs, popular, fitted.skipped)


def _fitted_on_everything(contest: Contest, candidate: Contender) -> Fitted:
    """What goes live: sources that know every event, a fusion that learned from cuts of everything.

    The gate's questions have judged and may teach from now on.
    """
    examples = contest.whole_examples(candidate)
    everything = contest.snapshot.with_sentences(contest.snapshot.data, contest.training.seed)
    fitted = contest.fit(candidate, everything, EVERYTHING)
    contest.fit_fusion(fitted, examples)
    return fitted


def _published(
    run: TrainingRun,
    snapshot: Snapshot,
    candidate: Contender,
    outcome: Outcome,
    fitted: Fitted,
    seconds: float,
    tell: Tell,
) -> ModelVersion:
    tell("publishing", 0, 1)
    newest = ModelVersion.objects.filter(pipeline=run.pipeline).aggregate(last=Max("number"))["last"] or 0
    version = ModelVersion.objects.create(
        catalog=run.catalog,
        pipeline=run.pipeline,
        run=run,
        number=newest + 1,
        settings=candidate.fingerprint,
        text_spaces=[space.pk for _, space in snapshot.spaces],
        data_hash=snapshot.dataset.content_hash,
        code_version=__version__,
        seed=run.seed,
        metrics=_metrics(outcome, snapshot),
        verdict={"passed": outcome.verdict.passed, "reasons": outcome.verdict.reasons, **outcome.verdict.figures},
        train_seconds=seconds,
    )
    with tempfile.TemporaryDirectory() as folder:
        _save(fitted.plan, fitted, Path(folder))
        items = trained(fitted.plan, fitted.learned, snapshot.data.item_ids)
        promotion.publish(version, snapshot.data.item_ids, items, Path(folder))
    tell("publishing", 1, 1)
    return version


def _metrics(outcome: Outcome, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "candidate": summary(outcome.ours),
        "live": summary(outcome.theirs),
        "popularity": summary(outcome.popular),
        "untrained_plugins": outcome.skipped,
        "data": snapshot.dataset.describe(),
        "lacking": snapshot.dataset.lacking(),
    }


def _save(plan: Assembly, fitted: Fitted, folder: Path) -> None:
    """Each plugin's own files, in a folder of its own. What stayed untrained saves nothing."""
    plugins = [("ranker", one.slug, one.plugin) for one in plan.rankers if one.slug in fitted.learned]
    if plan.fusion.slug not in fitted.skipped:
        plugins.append(("fusion_strategy", plan.fusion.slug, plan.fusion))
    for kind, slug, plugin in plugins:
        if isinstance(plugin, Trainable):
            own = folder / folder_of(kind, slug)
            own.mkdir()
            plugin.save(own)
