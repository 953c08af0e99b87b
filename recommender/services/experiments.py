"""Writes of experiments: start, stop, promote an arm, and count what came of them.

A start freezes what answers: arms are answered by published pipelines, each of which is kept as it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from time import perf_counter

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from recommender.exceptions import ExperimentRefusedError
from recommender.experiment_schemas import ExperimentResults
from recommender.models import Arm, Configuration, Experiment, Pipeline, Placement
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.selectors import experiments
from recommender.selectors.revisions import current_state, rows_of, unpublished_changes
from recommender.services.pipelines import problems
from recommender.services.placements import save_placement
from recommender.services.revisions import hold
from recommender.training.experiment_results import arm_results, mismatch_warning
from users.models import User

Status = Experiment.Status
QUICK_SECONDS = 0.1
"""A counting that took less is done again with every look; what takes longer waits for beat."""
TOO_SLOW = 3_600.0
LATE_EVENTS = timedelta(days=1)


@transaction.atomic
def save_experiment(
    experiment: Experiment, arms: Sequence[Arm] = (), removed: Sequence[Arm] = (), author: User | None = None
) -> Experiment:
    """Save an experiment with the arms that are new or changed, and without those removed.

    Raises ExperimentRefusedError once it was started: its arms are part of what was measured.
    """
    if not experiment._state.adding:
        _locked(experiment, Status.DRAFT, _("Its arms and its placement stay as they are: make another experiment."))
    elif author is not None:
        experiment.author = author
    experiment.save()
    for arm in removed:
        arm.delete()
    for arm in arms:
        arm.experiment = experiment
        arm.save()
    return experiment


def obstacles(experiment: Experiment) -> list[str]:
    """Why it cannot be started, each with the way out."""
    arms = list(experiment.arms.select_related("pipeline"))
    found = []
    if len(arms) < 2:
        found.append(_("It has fewer than two arms: add one for each pipeline that shall answer."))
    if not experiment.placement.version:
        found.append(_("Placement “%(placement)s” is not published: publish it.") % {"placement": experiment.placement})
    if experiment.placement.catalog_id != experiment.catalog_id:
        found.append(_("The placement belongs to another catalog: choose one of this."))
    rival = Experiment.objects.filter(placement=experiment.placement_id, status=Status.RUNNING).first()
    if rival is not None:
        found.append(_("“%(rival)s” runs on this placement: stop it first.") % {"rival": rival})
    for pipeline in {arm.pipeline_id: arm.pipeline for arm in arms}.values():
        found += _not_answering(experiment, pipeline)
    return found


def _not_answering(experiment: Experiment, pipeline: Pipeline) -> list[str]:
    if pipeline.catalog_id != experiment.catalog_id:
        return [_("Pipeline “%(pipeline)s” belongs to another catalog: choose one of this.") % {"pipeline": pipeline}]
    rows = [row for row in rows_of(current_state(pipeline.pk)) if row["enabled"]]
    stages = [
        Configuration(
            pk=row["configuration_id"],
            catalog_id=pipeline.catalog_id,
            **{name: row[name] for name in ("kind", "slug", "plugin", "title", "settings")},
        )
        for row in rows
    ]
    found = problems(experiment.catalog, stages)
    return [_("Pipeline “%(pipeline)s”: %(problem)s") % {"pipeline": pipeline, "problem": one} for one in found]


def start(experiment: Experiment) -> Experiment:
    """Let it answer, from the next request on.

    Raises ExperimentRefusedError where something is in the way; its message says what.
    """
    with transaction.atomic():
        Placement.objects.select_for_update().get(pk=experiment.placement_id)
        experiment = _locked(experiment, Status.DRAFT, _("It was started already."))
        if found := obstacles(experiment):
            raise ExperimentRefusedError(" ".join(found))
        hold(Pipeline.objects.filter(arms__experiment=experiment).distinct())
        experiment.status, experiment.started_at = Status.RUNNING, timezone.now()
        try:
            with transaction.atomic():
                experiment.save(update_fields=["status", "started_at"])
        except IntegrityError as error:
            raise ExperimentRefusedError(_("Another experiment was started on the placement just now.")) from error
    return experiment


def stop(experiment: Experiment) -> Experiment:
    """End it: from the next request on the placement's own pipeline answers everybody. What was counted stays."""
    look(experiment)
    return _stop(experiment, _("Stopped; the placement's own pipeline answers."))


@transaction.atomic
def _stop(experiment: Experiment, outcome: str) -> Experiment:
    experiment = _locked(experiment, Status.RUNNING, _("It does not run."))
    experiment.status, experiment.stopped_at, experiment.outcome = Status.STOPPED, timezone.now(), outcome
    experiment.save(update_fields=["status", "stopped_at", "outcome"])
    return experiment


def promote(experiment: Experiment, arm_name: str, author: User | None = None) -> Experiment:
    """Make an arm's pipeline the placement's own, published; the experiment stops where it still runs.

    Raises ExperimentRefusedError for an arm that is not there, for a draft, and where the placement has changes that
    were not published: they would go live with it.
    """
    look(experiment)
    return _promote(experiment, arm_name, author)


@transaction.atomic
def _promote(experiment: Experiment, arm_name: str, author: User | None) -> Experiment:
    placement = Placement.objects.select_for_update().get(pk=experiment.placement_id)
    arm = experiment.arms.select_related("pipeline").filter(name=arm_name).first()
    if arm is None:
        names = ", ".join(experiment.arms.values_list("name", flat=True))
        raise ExperimentRefusedError(
            _("It has no arm “%(arm)s”: choose one of %(names)s.") % {"arm": arm_name, "names": names}
        )
    if unpublished_changes(placement):
        raise ExperimentRefusedError(
            _(
                "Placement “%(placement)s” has changes that are not published: publish them first, or restore what "
                "answers."
            )
            % {"placement": placement}
        )
    outcome = _("%(arm)s was promoted: “%(pipeline)s” answers.") % {"arm": arm.name, "pipeline": arm.pipeline}
    current = Experiment.objects.get(pk=experiment.pk)
    if current.status == Status.RUNNING:
        current = _stop(current, outcome)
    elif current.status == Status.STOPPED:
        Experiment.objects.filter(pk=current.pk).update(outcome=outcome)
        current.outcome = outcome
    else:
        raise ExperimentRefusedError(_("It was never started: start it, and see which arm is better."))
    placement.pipeline = arm.pipeline
    save_placement(placement, author=author)
    return current


def count(experiment: Experiment) -> None:
    """Count what came of it so far, and keep that."""
    start_of_count = perf_counter()
    arms = experiments.packed(experiments.counts(experiment))
    experiment.figures = {"arms": arms, "seconds": perf_counter() - start_of_count}
    experiment.counted_at = timezone.now()
    experiment.save(update_fields=["figures", "counted_at"])


def keep_count() -> None:
    """By beat: count all that run, and those that ended for a day longer: people still choose from what they saw."""
    ended = Q(stopped_at__gt=timezone.now() - LATE_EVENTS) | Q(counted_at__lt=F("stopped_at"))
    for experiment in Experiment.objects.filter(Q(status=Status.RUNNING) | Q(status=Status.STOPPED) & ended):
        count(experiment)


def look(experiment: Experiment) -> experiments.Counts:
    """What was counted of it: now, where that is quick, else when beat counted last."""
    if experiment.status == Status.RUNNING and experiment.figures.get("seconds", 0.0) < QUICK_SECONDS:
        try:
            count(experiment)
        except PluginUnavailableError:  # past the time limit of a statement in the web process: beat has none
            experiment.figures = {**experiment.figures, "seconds": TOO_SLOW}
            experiment.save(update_fields=["figures"])
    return experiments.unpacked(experiment.figures.get("arms", {}))


def results(experiment: Experiment) -> ExperimentResults:
    """What came of it so far, and what makes that doubtful."""
    counted = look(experiment)
    arms = list(experiment.arms.select_related("pipeline"))
    told = arm_results(arms, counted)
    doubts = [mismatch_warning(told)] if experiment.started_at else []
    if changed := experiments.changed_pipelines(experiment):
        text = _("Another version was published while it ran: %(pipelines)s. The figures mix both.")
        doubts.append(text % {"pipelines": ", ".join(changed)})
    info = experiments.experiment_info(experiment)
    return ExperimentResults(
        **{**dict(info), "arms": told},
        counted_at=experiment.counted_at,
        warnings=[one for one in doubts if one],
    )


def _locked(experiment: Experiment, status: str, refusal: str) -> Experiment:
    """The row as it stands now, locked; refused where it has another status."""
    found = (
        Experiment.objects.select_for_update(of=("self",)).select_related("catalog", "placement").get(pk=experiment.pk)
    )
    if found.status != status:
        raise ExperimentRefusedError(
            _("“%(experiment)s” is %(status)s. %(refusal)s")
            % {"experiment": found, "status": found.get_status_display(), "refusal": refusal}
        )
    return found
