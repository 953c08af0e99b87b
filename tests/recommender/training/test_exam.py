"""The exam of real pipelines on a small catalog in Postgres: everybody is asked the same, and taste is found."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.models import Configuration, ModelVersion, Pipeline, Scorecard, Stage
from recommender.plugins.training import TooLittleDataError
from recommender.services import scorecards
from recommender.services.pipelines import copy_stages, save_pipeline
from recommender.services.refresh import refresh
from recommender.serving.assembly import specifications
from recommender.training.contest import Contender
from recommender.training.exam import prepared
from recommender.training.metrics import compare
from tests.learning import make_learning_world
from tests.worlds import COLOURS, TOPICS, World, make_world
from users.models import Profile

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 80


def silent(step: str, done: int, total: int) -> None:
    """Nobody listens."""


@pytest.fixture
def shop() -> World:
    """Everybody has a topic and likes four to six of its items; half of the people live in the north."""
    world = make_world()
    rng = np.random.default_rng(0)
    topics = list(TOPICS)
    for number in range(PEOPLE):
        colours = rng.permutation(COLOURS)[: rng.integers(4, 7)]
        world.does(f"person-{number}", *(f"{topics[number % len(topics)]}-{colour}" for colour in colours))
    for place, person in enumerate(Profile.objects.filter(catalog=world.catalog)):
        Profile.objects.filter(pk=person.pk).update(attributes={"region": ("north", "south")[place % 2]})
    refresh(world.catalog, silent)
    return world


def default(world: World) -> Pipeline:
    return Pipeline.objects.get(catalog=world.catalog, is_default=True)


def test_a_pipeline_is_measured_beside_popularity_and_its_untrained_self(shop: World) -> None:
    pipeline = default(shop)
    scorecard = scorecards.make(scorecards.order(pipeline, attributes=["region"], questions=60))
    assert (scorecard.status, scorecard.reason) == ("done", "")
    figures = Scorecard.objects.get().figures
    assert figures["order"] == [pipeline.slug, "popularity", "untrained"]
    ours, popular = (figures["systems"][name]["segments"] for name in (pipeline.slug, "popularity"))
    assert ours["shot2"]["ndcg"]["mean"] > 1.3 * popular["shot2"]["ndcg"]["mean"]
    assert figures["comparisons"]["popularity"]["total"]["word"] == "win"
    assert figures["comparisons"]["untrained"]["total"]["word"] == "even"
    assert set(figures["gaps"]["region"]["groups"]) == {"north", "south"}
    assert 0 < figures["systems"][pipeline.slug]["shows"]["coverage"] <= 1
    assert figures["stock"]["items"] == 24
    assert figures["clicks"]["missing"].startswith("No answers are on record")
    assert {step.split(": ")[1] for step, _ in figures["seconds"]} == {"learning for the exam", "an answer in memory"}


def test_the_same_exam_asks_the_same_and_another_seed_does_not(shop: World) -> None:
    asked = []
    for seed in (0, 0, 1):
        scorecard = scorecards.order(default(shop), questions=20, seed=seed)
        judged = prepared(scorecard, silent).ask(default(shop).slug)
        asked.append((judged.asked, judged.ndcg.tolist()))
    assert asked[0] == asked[1]
    assert asked[0][0] != asked[2][0]


def test_another_pipeline_takes_part(shop: World) -> None:
    pipeline = default(shop)
    mail = Pipeline.objects.create(catalog=shop.catalog, slug="mail", title="Mail")
    copy_stages(pipeline, mail)
    exam = prepared(scorecards.order(pipeline, others=["mail"], questions=20), silent)
    np.testing.assert_array_equal(exam.ask("mail").ndcg, exam.ask(pipeline.slug).ndcg)


def test_a_version_is_judged_by_its_own_stages(shop: World) -> None:
    pipeline = default(shop)
    stages = [
        {"kind": "retriever", "slug": "popular", "plugin": "popular", "settings": {}},
        {"kind": "fusion_strategy", "slug": "reciprocal-rank", "plugin": "reciprocal-rank", "settings": {}},
        *[stage for stage in Contender("", specifications(pipeline.pk)).fingerprint if stage["kind"] == "encoder"],
    ]
    version = ModelVersion.objects.create(catalog=shop.catalog, pipeline=pipeline, number=1, settings=stages)
    exam = prepared(scorecards.order(pipeline, version, questions=40), silent)
    told = compare(exam.ask(pipeline.slug), exam.ask("popularity"))
    assert told.total.ours == pytest.approx(told.total.theirs, rel=0.3)
    assert compare(exam.ask("untrained"), exam.ask(pipeline.slug)).total.word == "win"


def test_a_catalog_without_events_says_what_is_missing() -> None:
    world = make_world("empty")
    Profile.objects.filter(catalog=world.catalog).delete()
    with pytest.raises(TooLittleDataError):
        prepared(scorecards.order(default(world)), silent)
    made = scorecards.make(scorecards.order(default(world)))
    assert made.status == "failed"
    assert made.reason


def test_stated_probabilities_are_held_against_what_came_to_pass() -> None:
    pipeline = default(make_learning_world())
    fusion = Stage.objects.get(pipeline=pipeline, configuration__kind="fusion_strategy")
    fusion.configuration = Configuration.objects.create(
        catalog=pipeline.catalog, kind="fusion_strategy", plugin="mmoe", slug="mmoe", title="Experts"
    )
    save_pipeline(pipeline, [fusion])
    made = scorecards.make(scorecards.order(pipeline, questions=60))
    assert made.status == "done", made.reason
    told = made.figures["calibration"]
    assert {"like", "like in shot1", "like in known"} <= set(told)
    assert 0 <= told["like"]["ece"] < 0.3
    assert told["like"]["answers"] == sum(one["answers"] for name, one in told.items() if " in " in name)
    assert 0 < told["like"]["happened"] < 0.5
