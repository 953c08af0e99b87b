from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from recommender.models import Configuration, Pipeline, Placement, Recommendation
from recommender.schemas import RecommendRequest
from recommender.services.cases import save_case
from recommender.services.pipelines import save_configuration
from recommender.services.placements import save_placement
from tests.recommender.admin.access import member
from tests.recommender.admin.rows import Shop
from tests.worlds import World
from users.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def default(world: World) -> Pipeline:
    """The default pipeline with a draft that turns its lists about, and a case for it."""
    save_case(world.catalog, "A tent", RecommendRequest(text="a light tent", limit=5))
    linear = Configuration.objects.get(catalog=world.catalog, plugin="linear")
    linear.settings = {"text": -3.0, "popularity": 4.0}
    save_configuration(linear, publishing=False)
    return Pipeline.objects.get(catalog=world.catalog, is_default=True)


def page(client: Client, **asked: Any) -> Any:
    answer = client.get(reverse("admin:recommender_savedcase_changes", query=asked))
    assert answer.status_code == 200
    return answer


def test_what_a_draft_changes_is_seen_before_it_is_published(
    world: World, default: Pipeline, admin_client: Client
) -> None:
    answer = page(admin_client, pipeline=default.pk)
    (case,) = answer.context["cases"]
    assert case["name"] == "A tent"
    assert case["changed"] > 0
    assert case["told"] in answer.content.decode()
    assert "1 of this 1 case changes." in answer.content.decode()
    assert [title for title, _gone in case["before"]] == [
        one.title for one in world.recommend(text="a light tent", limit=5).items
    ]
    assert Recommendation.objects.count() == 1
    beside = admin_client.get(case["link"])
    assert [one["label"] for one in beside.context["page"]["lists"]] == ["Default", "Default (draft)"]
    assert case["told"] == beside.context["page"]["summary"]


def test_a_draft_that_changes_nothing_asks_nothing(world: World, admin_client: Client) -> None:
    save_case(world.catalog, "A tent", RecommendRequest(text="a tent"))
    answer = page(admin_client, pipeline=Pipeline.objects.get(is_default=True).pk)
    assert "publishing it changes nothing" in answer.content.decode()
    assert "cases" not in answer.context


def test_a_placement_shows_its_own_cases(world: World, default: Pipeline, admin_client: Client) -> None:
    home = save_placement(Placement(catalog=world.catalog, slug="home", title="Home"))
    save_case(world.catalog, "At home", RecommendRequest(text="a tent", placement="home", limit=5))
    home.filter = {"categories_any": ["suit"]}
    save_placement(home, publishing=False)
    answer = page(admin_client, placement=home.pk)
    (case,) = answer.context["cases"]
    assert (case["name"], case["overlap"]) == ("At home", 0)
    assert all(moved is None for _title, moved in case["after"])
    assert "1 other case is answered by something else." in answer.content.decode()


def test_what_was_never_published_can_be_looked_at(world: World, admin_client: Client) -> None:
    home = Placement.objects.create(catalog=world.catalog, slug="home", title="Home")
    save_case(world.catalog, "At home", RecommendRequest(text="a tent", placement="home", limit=5))
    answer = page(admin_client, placement=home.pk)
    (case,) = answer.context["cases"]
    assert case["before"] == []
    assert admin_client.get(case["link"]).context["page"]["lists"][0]["label"] == "Home (draft)"


def test_a_case_of_a_placement_is_asked_there_by_the_draft_of_its_pipeline(
    world: World, default: Pipeline, admin_client: Client
) -> None:
    save_placement(Placement(catalog=world.catalog, slug="home", title="Home", filter={"categories_any": ["suit"]}))
    save_case(world.catalog, "At home", RecommendRequest(text="a tent", placement="home", limit=6))
    (_, case) = page(admin_client, pipeline=default.pk).context["cases"]
    assert (case["name"], case["link"]) == ("At home", "")
    assert all(title.endswith("suit") for title, _moved in case["after"])


def test_a_draft_that_cannot_run_says_why(world: World, default: Pipeline, admin_client: Client) -> None:
    default.stages.filter(configuration__kind="retriever").update(enabled=False)
    assert "cannot run" in page(admin_client, pipeline=default.pk).content.decode()


@pytest.mark.parametrize(
    "asked", [{}, {"pipeline": "x"}, {"pipeline": "0"}, {"pipeline": "9" * 30}, {"placement": "²"}]
)
def test_without_a_pipeline_one_is_chosen(asked: dict[str, str], default: Pipeline, admin_client: Client) -> None:
    answer = page(admin_client, **asked)
    addresses = [address for _kind, _name, address in answer.context["choices"]]
    assert addresses == [f"{reverse('admin:recommender_savedcase_changes')}?pipeline={default.pk}"]


def test_nobody_sees_the_cases_of_another_catalog(default: Pipeline, shop: Shop, client: Client) -> None:
    client.force_login(member(shop, Role.OWNER))
    answer = page(client, pipeline=default.pk)
    assert answer.context["subject"] is None
    assert "A tent" not in answer.content.decode()


def test_a_page_has_at_most_ten_cases_and_a_few_queries_beside_the_answers(
    world: World, default: Pipeline, admin_client: Client
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(admin_client, pipeline=default.pk)
        return len(captured)

    queries()  # what processes keep is read once
    one = queries()
    for number in range(12):
        save_case(world.catalog, f"Case {number}", RecommendRequest(text="a light tent", limit=5))
    assert len(page(admin_client, pipeline=default.pk).context["cases"]) == 10
    assert len(page(admin_client, pipeline=default.pk, page=2).context["cases"]) == 3
    answers = 10 * 2
    assert queries() <= one + answers * 20
