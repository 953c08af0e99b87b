"""An experiment by the API, from its start to the promotion of the better arm."""

from __future__ import annotations

from typing import Any

import pytest

from recommender.models import Configuration
from tests.api_clients import api_client
from tests.recommender.experiments import drafted, home, somebody_of, visit
from tests.worlds import World, make_world, shown

pytestmark = pytest.mark.django_db
EXPERIMENTS = "/api/v1/experiments/"


def steer(world: World, what: str, body: Any = None, scope: str = "steer") -> Any:
    return api_client(world.catalog, scope).post(f"{EXPERIMENTS}{what}/", body or {}, format="json")


def read(world: World, slug: str = "") -> Any:
    return api_client(world.catalog, "read").get(f"{EXPERIMENTS}{slug and slug + '/'}")


def test_two_arms_from_start_to_promotion(world: World) -> None:
    only_b = {"items": ["guitar-red"], "audience_arms": ["fusion/B"]}
    pin = Configuration.objects.create(catalog=world.catalog, kind="rule", plugin="pin", slug="pin", settings=only_b)
    drafted(world, home(world, pin))
    assert visit(world, "one").pipeline == "default"
    assert steer(world, "fusion/start").json()["status"] == "running"

    of_a, of_b = somebody_of(world, "A"), somebody_of(world, "B")
    for _ in range(3):
        assert (visit(world, of_a).pipeline, visit(world, of_b).pipeline) == ("default", "new")
    assert shown(visit(world, of_b))[0] == "guitar-red"
    assert "guitar-red" not in shown(visit(world, of_a))

    told = read(world, "fusion").json()
    assert {arm["arm"]: arm["pipeline"] for arm in told["arms"]} == {"A": "default", "B": "new"}
    assert all(arm["people"] for arm in told["arms"])
    assert told["arms"][1]["words"].startswith("Not decided yet")

    assert steer(world, "fusion/promote", {"arm": "B"}).json()["status"] == "stopped"
    assert [visit(world, who).pipeline for who in (of_a, of_b)] == ["new", "new"]
    assert shown(visit(world, of_b))[0] != "guitar-red", "a rule for an arm ends with the experiment"
    assert read(world).json()["experiments"][0]["outcome"] == "B was promoted: “New” answers."


def test_what_cannot_be_done_is_a_conflict(world: World) -> None:
    drafted(world, home(world))
    for what, body in (("stop", None), ("promote", {"arm": "B"})):
        answer = steer(world, f"fusion/{what}", body)
        assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert steer(world, "fusion/promote", {"name": "B"}).status_code == 400
    assert steer(world, "fusion/start").status_code == 200
    assert steer(world, "fusion/stop").json()["outcome"]


def test_scopes_and_catalogs_are_kept_apart(world: World) -> None:
    drafted(world, home(world))
    assert steer(world, "fusion/start", scope="recommend").status_code == 403
    assert steer(world, "fusion/start", scope="read").status_code == 403
    assert api_client(world.catalog, "recommend").get(EXPERIMENTS).status_code == 403
    other = make_world("other")
    assert read(other).json() == {"experiments": []}
    assert read(other, "fusion").status_code == 404
    assert steer(other, "fusion/start").status_code == 404
