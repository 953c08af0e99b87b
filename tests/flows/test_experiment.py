"""An experiment from the editor's first form to the promotion, with visitors who ask and click by the API."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from recommender.models import Experiment, Recommendation
from tests.api_clients import api_client
from tests.recommender.admin.forms import errors, shown
from tests.recommender.experiments import copied, home
from tests.worlds import World

VISITORS = [f"visitor-{number}" for number in range(40)]


def ask(api: APIClient, session: str) -> Any:
    body = {"text": "a light tent", "placement": "home", "session_id": session, "limit": 3}
    answer = api.post("/api/v1/recommendations/", body, format="json")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def click(api: APIClient, session: str, answer: Any) -> None:
    item, key = answer["items"][0]["item_id"], answer["recommendation_id"]
    event = {"session_id": session, "item_id": item, "kind": "click", "recommendation_id": key, "idempotency_key": key}
    assert api.post("/api/v1/events/", event, format="json").status_code < 300


def page(name: str, *arguments: Any) -> str:
    return reverse(f"admin:recommender_experiment_{name}", args=arguments)


def made(world: World, editor: Client) -> Experiment:
    """Two steps: where and a name; then the second arm."""
    placement, new = home(world), copied(world, "new")
    editor.post(page("add"), {"placement": placement.pk, "title": "New fusion", "slug": "fusion"})
    experiment = Experiment.objects.get(slug="fusion")
    values = shown(editor, page("change", experiment.pk))
    values |= {"arms-1-name": "B", "arms-1-pipeline": new.pk, "arms-1-share": "50"}
    answer = editor.post(page("change", experiment.pk), values)
    assert answer.status_code == 302, errors(answer)
    return experiment


def test_an_experiment_from_the_first_form_to_the_promotion(world: World, admin_client: Client) -> None:
    api = api_client(world.catalog)
    experiment = made(world, admin_client)
    assert {ask(api, who)["pipeline"] for who in VISITORS[:3]} == {"default"}
    admin_client.post(page("start", experiment.pk))

    first = {who: ask(api, who) for who in VISITORS}
    again = {who: ask(api, who) for who in VISITORS}
    assert [one["arm"] for one in first.values()] == [one["arm"] for one in again.values()]
    assert {(one["arm"], one["pipeline"]) for one in first.values()} == {("A", "default"), ("B", "new")}
    recorded = Recommendation.objects.filter(experiment_id=experiment.pk)
    assert recorded.filter(arm="B").count() == 2 * sum(one["arm"] == "B" for one in first.values())

    for who, answer in first.items():
        if answer["arm"] == "B":
            click(api, who, answer)
    a, b = api.get("/api/v1/experiments/fusion/").json()["arms"]
    rates = [next(one["mean"] for one in arm["measures"] if one["measure"] == "clicks") for arm in (a, b)]
    assert rates == [0.0, 0.5]
    assert (a["people"] + b["people"], a["answers"] + b["answers"]) == (40, 80)
    assert "Not decided yet" in admin_client.get(page("change", experiment.pk)).content.decode()

    admin_client.post(page("promote", experiment.pk), {"arm": "B"})
    after = [ask(api, who) for who in VISITORS]
    assert {(one["pipeline"], one["experiment"]) for one in after} == {("new", "")}
    assert api.get("/api/v1/experiments/").json()["experiments"][0]["status"] == "stopped"
