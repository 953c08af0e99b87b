from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from recommender.models import Pipeline, Stage
from recommender.services.pipelines import publish_pipeline
from tests.worlds import World


def visit(client: Client, **body: Any) -> Any:
    return client.post("/demo/list/", json.dumps({"catalog": "shop", **body}), content_type="application/json")


def start_page(client: Client) -> str:
    return client.get("/").content.decode()


def test_without_the_demo_the_page_says_where_to_go(client: Client, settings: Any) -> None:
    settings.DEMO = False
    text = start_page(client)
    for address in ("/api/v1/docs/", "/admin/", "/health/ready"):
        assert f'href="{address}"' in text
    assert "<script" not in text


def test_without_the_demo_nobody_asks_without_a_key(client: Client, settings: Any, world: World) -> None:
    settings.DEMO = False
    response = visit(client, text="a light tent")
    assert response.status_code == 404
    assert "recommendations" in response.json()["detail"]


@pytest.mark.usefixtures("demo")
def test_the_page_holds_no_key_and_no_foreign_address(client: Client, db: None) -> None:
    text = start_page(client)
    assert (
        "我需要一件高端的商务装" in json.loads(text.split('type="application/json">')[1].split("</script>")[0])["shop"]
    )
    assert "rp_" not in text
    assert "http://" not in text
    assert "https://" not in text


@pytest.mark.usefixtures("demo")
def test_a_visit_is_answered(client: Client, world: World) -> None:
    response = visit(client, text="a light tent for camping", likes=["tent-red"])
    assert response.status_code == 200
    assert response.json()["items"][0]["id"].startswith("tent-")


@pytest.mark.usefixtures("demo")
def test_another_site_cannot_ask(world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert visit(strict).status_code == 403
    strict.get("/")
    token = strict.cookies["csrftoken"].value
    answered = strict.post(
        "/demo/list/", '{"catalog": "shop"}', content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert answered.status_code == 200


@pytest.mark.usefixtures("demo", "db")
def test_a_catalog_that_is_not_loaded_is_named(client: Client) -> None:
    response = visit(client, catalog="films")
    assert response.status_code == 404
    assert "films" in response.json()["detail"]


@pytest.mark.usefixtures("demo", "db")
@pytest.mark.parametrize("body", [b"", b"[]", b'{"catalog": 1}', b"\xff"])
def test_what_cannot_be_read_is_refused(client: Client, body: bytes) -> None:
    assert client.post("/demo/list/", body, content_type="application/json").status_code == 400


@pytest.mark.usefixtures("demo")
def test_a_broken_pipeline_is_said(client: Client, world: World) -> None:
    Stage.objects.filter(configuration__kind="fusion_strategy").update(enabled=False)
    publish_pipeline(Pipeline.objects.get(catalog=world.catalog, is_default=True))
    response = visit(client)
    assert response.status_code == 503
    assert "default" in response.json()["detail"]
