"""Experiments: which one runs on a placement, and what came of each of its arms.

The unit is a person: a profile, or a session without one. Of each person and measure the share of their answers counts
(the mean for milliseconds), so that nobody weighs more for asking more often. People who do not want to be learned from
and test accounts are not counted, nor are answers to nobody that is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from recommender.exceptions import ExperimentNotFoundError
from recommender.experiment_schemas import ArmInfo, ExperimentInfo
from recommender.models import Configuration, Experiment, Revision
from recommender.models.configuration import PluginKind
from recommender.selectors.history import SIGN
from recommender.selectors.sql import fetch

CLICKS, CONVERSIONS = "clicks", "conversions"
DEGRADED, MILLISECONDS, REFUSALS = "degraded", "milliseconds", "refusals"
MEASURES = (CLICKS, CONVERSIONS, DEGRADED, MILLISECONDS, REFUSALS)

RUNNING = """
    SELECT x.id, x.slug, a.name, a.share, p.slug FROM recommender_placement l
    JOIN recommender_experiment x ON x.placement_id = l.id AND x.status = 'running'
    JOIN recommender_arm a ON a.experiment_id = x.id JOIN recommender_pipeline p ON p.id = a.pipeline_id
    WHERE l.catalog_id = %(catalog)s AND l.slug = %(placement)s ORDER BY a.id
"""
# An event counts for an answer that it names and that showed its item. Its sign is that of its kind and value; what is
# positive and of a kind that consumes (a purchase, a play) is a conversion.
COUNTS = f"""
WITH shown AS MATERIALIZED (
    SELECT r.id, r.arm, r.profile_id, CASE WHEN r.profile_id IS NULL THEN r.session_id END AS session_id, r.item_ids,
        r.degraded::int AS degraded,
        (SELECT coalesce(sum(spent.value::float8), 0) FROM jsonb_each_text(r.timings) spent) AS milliseconds
    FROM recommender_recommendation r LEFT JOIN users_profile p ON p.id = r.profile_id
    WHERE r.experiment_id = %(experiment)s AND (r.profile_id IS NOT NULL OR r.session_id <> '')
        AND coalesce(p.learn AND NOT p.is_test, r.profile_id IS NULL)
), followed AS (
    SELECT e.recommendation_id, bool_or(({SIGN}) > 0) AS clicks, bool_or(({SIGN}) > 0 AND k.consumes) AS conversions,
        bool_or(({SIGN}) < 0) AS refusals
    FROM users_event e JOIN users_eventkind k ON k.id = e.kind_id JOIN shown ON shown.id = e.recommendation_id
    WHERE e.catalog_id = %(catalog)s AND e.occurred_at >= %(since)s AND e.item_id = ANY(shown.item_ids) GROUP BY 1
), person AS (
    SELECT shown.arm, count(*) AS answers, avg(coalesce(followed.clicks, false)::int)::float8 AS clicks,
        avg(coalesce(followed.conversions, false)::int)::float8 AS conversions, avg(degraded)::float8 AS degraded,
        avg(milliseconds)::float8 AS milliseconds, avg(coalesce(followed.refusals, false)::int)::float8 AS refusals
    FROM shown LEFT JOIN followed ON followed.recommendation_id = shown.id
    GROUP BY shown.arm, shown.profile_id, shown.session_id
)
SELECT arm, count(*), sum(answers)::bigint, {", ".join(f"avg({one}), coalesce(var_pop({one}), 0)" for one in MEASURES)}
FROM person GROUP BY arm
"""


@dataclass(frozen=True, slots=True)
class RunningArm:
    """An arm of an experiment that runs, as a request needs it."""

    experiment_id: int
    experiment: str
    name: str
    share: float
    pipeline: str


@dataclass(frozen=True, slots=True)
class Measured:
    """Mean and variance over people of one measure."""

    mean: float = 0.0
    variance: float = 0.0


@dataclass(frozen=True, slots=True)
class ArmCounts:
    """How many people an arm answered, how often, and what came of it by measure."""

    people: int
    answers: int
    measures: Mapping[str, Measured]


NOBODY = ArmCounts(0, 0, dict.fromkeys(MEASURES, Measured()))
Counts = dict[str, ArmCounts]
"""By the arm's name."""


def running_arms(catalog_id: int, placement: str) -> list[RunningArm]:
    """The arms of the experiment that runs on a placement, in their order; none where none runs."""
    return [RunningArm(*row) for row in fetch(RUNNING, {"catalog": catalog_id, "placement": placement})]


def counts(experiment: Experiment) -> Counts:
    """Counted now, from all recorded answers of the experiment and the events that name them."""
    since = experiment.started_at
    if since is None:
        return {}
    params = {"experiment": experiment.pk, "catalog": experiment.catalog_id, "since": since}
    return {
        arm: ArmCounts(
            people,
            answers,
            {name: Measured(*figures[2 * place : 2 * place + 2]) for place, name in enumerate(MEASURES)},
        )
        for arm, people, answers, *figures in fetch(COUNTS, params)
    }


def packed(counted: Counts) -> dict[str, Any]:
    """As JSON."""
    return {
        arm: {
            "people": one.people,
            "answers": one.answers,
            "measures": {name: [measured.mean, measured.variance] for name, measured in one.measures.items()},
        }
        for arm, one in counted.items()
    }


def unpacked(figures: Mapping[str, Any]) -> Counts:
    """What `packed` gave."""
    return {
        arm: ArmCounts(one["people"], one["answers"], {name: Measured(*pair) for name, pair in one["measures"].items()})
        for arm, one in figures.items()
    }


def changed_pipelines(experiment: Experiment) -> list[str]:
    """Titles of the arms' pipelines of which another version was published while the experiment ran."""
    if experiment.started_at is None:
        return []
    within: dict[str, datetime] = {"published_at__gt": experiment.started_at}
    if experiment.stopped_at is not None:
        within["published_at__lt"] = experiment.stopped_at
    later = Revision.objects.filter(pipeline__arms__experiment=experiment, **within)
    return list(later.order_by("pipeline__title").values_list("pipeline__title", flat=True).distinct())


def experiments_of(catalog_id: int) -> QuerySet[Experiment]:
    """The catalog's experiments with placement, arms and their pipelines, the newest first."""
    found = Experiment.objects.filter(catalog=catalog_id).select_related("catalog", "placement")
    return found.prefetch_related("arms__pipeline").order_by("-id")


def find_experiment(catalog_id: int, slug: str) -> Experiment:
    """The experiment of that slug. Raises ExperimentNotFoundError."""
    found = experiments_of(catalog_id).filter(slug=slug).first()
    if found is None:
        raise ExperimentNotFoundError(slug)
    return found


def experiment_info(experiment: Experiment) -> ExperimentInfo:
    """The experiment as it is set up."""
    arms = list(experiment.arms.all())
    total = sum(arm.share for arm in arms) or 1.0
    return ExperimentInfo(
        experiment=experiment.slug,
        title=experiment.title,
        placement=experiment.placement.slug,
        status=experiment.status,
        started_at=experiment.started_at,
        stopped_at=experiment.stopped_at,
        outcome=experiment.outcome,
        arms=[ArmInfo(arm=arm.name, pipeline=arm.pipeline.slug, share=arm.share / total) for arm in arms],
    )


def rules_for_arms(experiment: Experiment) -> list[Configuration]:
    """Rules of the catalog whose audience names an arm of the experiment: when it ends they hold for nobody."""
    rules = Configuration.objects.filter(
        catalog=experiment.catalog_id, kind=PluginKind.RULE, settings__has_key="audience_arms"
    )
    start = f"{experiment.slug}/"
    return [one for one in rules if any(str(arm).startswith(start) for arm in one.settings["audience_arms"])]
