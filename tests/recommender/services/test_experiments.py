"""Start, count, stop, promote."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from recommender.exceptions import ExperimentRefusedError
from recommender.models import Configuration, Experiment, Pipeline, Placement, Recommendation
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.selectors import experiments as selectors
from recommender.selectors.experiments import rules_for_arms
from recommender.services import experiments
from recommender.services.pipelines import save_pipeline
from recommender.services.placements import save_placement
from tests.recommender.experiments import drafted, home, somebody_of, visit
from tests.worlds import World
from users.models import Profile
from users.rows import EventRow
from users.services import save_events

pytestmark = pytest.mark.django_db


def follows(world: World, answer_id: object, item: str, kind: str, session: str) -> None:
    row = EventRow(session_id=session, item_id=item, kind=kind, recommendation_id=answer_id)  # type: ignore[arg-type]  # as a client sends it
    assert save_events(world.catalog.pk, [row]) == ["stored"]


def test_an_answer_is_recorded_with_its_arm(world: World) -> None:
    running = experiments.start(drafted(world, home(world)))
    answer = visit(world, "one")
    row = Recommendation.objects.get(id=answer.recommendation_id)
    assert (row.experiment_id, row.arm) == (running.pk, answer.arm)
    outside = Recommendation.objects.get(id=world.recommend(limit=1).recommendation_id)
    assert (outside.experiment_id, outside.arm) == (None, "")


def test_people_are_counted_with_what_followed(world: World) -> None:
    running = experiments.start(drafted(world, home(world)))
    who = somebody_of(world, "B")
    Recommendation.objects.all().delete()
    first, second, third, _fourth = (visit(world, who, among=["tent-red", "tent-green"]) for _ in range(4))
    follows(world, first.recommendation_id, "tent-red", "click", who)
    follows(world, second.recommendation_id, "tent-red", "impression", who)
    follows(world, second.recommendation_id, "guitar-red", "click", who)  # not what was shown
    follows(world, third.recommendation_id, "tent-green", "skip", who)
    counted = experiments.look(running)["B"]
    assert (counted.people, counted.answers) == (1, 4)
    means = {name: one.mean for name, one in counted.measures.items()}
    assert (means["clicks"], means["conversions"], means["refusals"]) == (0.25, 0.0, 0.25)
    assert means["milliseconds"] > 0
    follows(world, third.recommendation_id, "tent-red", "purchase", who)
    means = {name: one.mean for name, one in experiments.look(running)["B"].measures.items()}
    assert (means["clicks"], means["conversions"]) == (0.5, 0.25)


def test_who_may_not_be_learned_from_is_not_counted(world: World) -> None:
    running = experiments.start(drafted(world, home(world)))
    visit(world, "", profile_id="anna")
    Profile.objects.filter(external_id="ben").update(is_test=True)
    Profile.objects.filter(external_id="carl").update(learn=False)
    for person in ("ben", "carl"):
        assert visit(world, "", profile_id=person).arm
    assert sum(one.people for one in experiments.look(running).values()) == 1


def test_what_is_in_the_way_of_a_start_is_said(world: World) -> None:
    placement = save_placement(Placement(catalog=world.catalog, slug="home", title="Home"), publishing=False)
    experiment = drafted(world, placement)
    Pipeline.objects.get(slug="new").stages.filter(configuration__kind="fusion_strategy").delete()
    save_pipeline(Pipeline.objects.get(slug="new"))
    experiment.arms.get(name="A").delete()
    with pytest.raises(ExperimentRefusedError) as caught:
        experiments.start(experiment)
    for part in ("fewer than two arms", "“Home” is not published", "Pipeline “New”: There is no fusion strategy"):
        assert part in str(caught.value)


def test_one_runs_on_a_placement_at_a_time(world: World) -> None:
    placement = home(world)
    first, second = drafted(world, placement), drafted(world, placement, "second")
    experiments.start(first)
    with pytest.raises(ExperimentRefusedError, match="runs on this placement: stop it first"):
        experiments.start(second)
    with pytest.raises(ExperimentRefusedError, match="started already"):
        experiments.start(first)
    experiments.stop(first)
    assert experiments.start(second).status == "running"


def test_what_was_started_stays_as_it_is(world: World) -> None:
    experiment = drafted(world, home(world), shares=(90, 10))
    experiments.start(experiment)
    with pytest.raises(ExperimentRefusedError, match="Its arms and its placement stay"):
        experiments.save_experiment(experiment)


def test_a_promoted_arm_answers_everybody(world: World) -> None:
    placement = home(world)
    experiment = experiments.start(drafted(world, placement))
    ended = experiments.promote(experiment, "B")
    assert (ended.status, ended.outcome) == ("stopped", "B was promoted: “New” answers.")
    answer = visit(world, "anyone")
    assert (answer.pipeline, answer.arm) == ("new", "")
    assert Placement.objects.get(pk=placement.pk).version == 2
    assert experiments.promote(ended, "A").outcome == "A was promoted: “Default” answers."
    assert visit(world, "anyone").pipeline == "default"


def test_a_promotion_publishes_nothing_else(world: World) -> None:
    placement = home(world)
    experiment = drafted(world, placement)
    with pytest.raises(ExperimentRefusedError, match="never started"):
        experiments.promote(experiment, "B")
    experiments.start(experiment)
    with pytest.raises(ExperimentRefusedError, match="no arm “C”: choose one of A, B"):
        experiments.promote(experiment, "C")
    placement.title = "Front page"
    save_placement(placement, publishing=False)
    with pytest.raises(ExperimentRefusedError, match="changes that are not published"):
        experiments.promote(experiment, "B")
    assert Experiment.objects.get(pk=experiment.pk).status == "running"


def test_a_pipeline_that_was_published_meanwhile_is_a_warning(world: World) -> None:
    running = experiments.start(drafted(world, home(world)))
    assert experiments.results(running).warnings == []
    new = Pipeline.objects.get(slug="new")
    new.budget_ms = 700
    save_pipeline(new)
    assert experiments.results(running).warnings == [
        "Another version was published while it ran: New. The figures mix both."
    ]


def test_a_slow_count_waits_for_beat(world: World) -> None:
    running = experiments.start(drafted(world, home(world)))
    visit(world, "one")
    running.figures = {"arms": {}, "seconds": 5.0}
    running.save()
    assert experiments.look(running) == {}
    experiments.keep_count()
    assert sum(one.people for one in experiments.look(Experiment.objects.get(pk=running.pk)).values()) == 1


def test_a_count_past_the_time_limit_waits_for_beat_and_stops_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = experiments.start(drafted(world, home(world)))
    visit(world, "one")
    with monkeypatch.context() as patched, connection.cursor() as cursor:
        patched.setattr(selectors, "COUNTS", f"SELECT pg_sleep(1)::text, 0, 0 FROM ({selectors.COUNTS}) counted")
        cursor.execute("SET LOCAL statement_timeout = 50")
        with transaction.atomic():
            cursor.execute("SAVEPOINT inside")
            with pytest.raises(PluginUnavailableError):
                selectors.counts(running)
            cursor.execute("ROLLBACK TO inside")
        cursor.execute("SET LOCAL statement_timeout = 0")

    def times_out(_: Experiment) -> None:
        raise PluginUnavailableError

    with monkeypatch.context() as patched:
        patched.setattr(experiments, "count", times_out)
        assert experiments.stop(running).status == "stopped"
    experiments.keep_count()
    assert sum(one.people for one in experiments.look(Experiment.objects.get(pk=running.pk)).values()) == 1


def test_rules_of_its_arms_are_found(world: World) -> None:
    settings = {"items": ["tent-red"], "audience_arms": ["fusion/B"]}
    rule = Configuration.objects.create(catalog=world.catalog, kind="rule", plugin="pin", slug="pin", settings=settings)
    placement = home(world, rule)
    assert rules_for_arms(drafted(world, placement)) == [rule]
    assert rules_for_arms(drafted(world, placement, "other")) == []
