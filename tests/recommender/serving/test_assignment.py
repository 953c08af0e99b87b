"""Who is answered by which arm."""

from __future__ import annotations

from collections import Counter

import pytest

from recommender.schemas import RecommendRequest
from recommender.selectors.experiments import RunningArm
from recommender.services import experiments
from recommender.serving.assignment import arm_of, assigned, identity
from tests.recommender.experiments import drafted, home, visit
from tests.worlds import World


def arms(experiment: int = 1, *shares: float) -> list[RunningArm]:
    return [RunningArm(experiment, "x", name, share, name.lower()) for name, share in zip("ABC", shares, strict=False)]


def test_shares_are_met_and_everybody_keeps_their_arm() -> None:
    three = arms(1, 70, 20, 10)
    drawn = [arm_of(three, f"session:{number}").name for number in range(20_000)]
    assert drawn == [arm_of(three, f"session:{number}").name for number in range(20_000)]
    found = Counter(drawn)
    for name, share in zip("ABC", (0.7, 0.2, 0.1), strict=True):
        assert found[name] / len(drawn) == pytest.approx(share, abs=0.015)


def test_another_experiment_draws_anew() -> None:
    people = [f"profile:{number}" for number in range(2_000)]
    same = [arm_of(arms(1, 50, 50), who).name == arm_of(arms(2, 50, 50), who).name for who in people]
    assert sum(same) / len(same) == pytest.approx(0.5, abs=0.05)


def test_a_profile_comes_before_a_session() -> None:
    assert identity(RecommendRequest(profile_id="anna", session_id="s")) == "profile:anna"
    assert identity(RecommendRequest(session_id="s")) == "session:s"
    assert identity(RecommendRequest()) == ""


@pytest.mark.django_db
def test_only_who_is_known_at_a_placement_is_part_of_it(world: World) -> None:
    running = experiments.start(drafted(world, home(world, overrides=["pipeline"])))
    answer = visit(world, "one")
    assert (answer.experiment, answer.arm in {"A", "B"}) == ("fusion", True)
    assert answer.pipeline == {"A": "default", "B": "new"}[answer.arm]
    for request in ({"session_id": ""}, {"pipeline": "new"}, {"placement": ""}):
        outside = visit(world, "one", **request)
        assert (outside.experiment, outside.arm) == ("", "")
    experiments.stop(running)
    assert (visit(world, "one").arm, visit(world, "one").pipeline) == ("", "default")


@pytest.mark.django_db
def test_a_request_without_a_placement_does_not_ask_for_experiments(world: World) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        assert assigned(world.catalog.pk, RecommendRequest(session_id="s")).key == ""
    assert len(captured) == 0
