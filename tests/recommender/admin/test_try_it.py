from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Catalog
from recommender.models import Configuration, Pipeline, Placement, PlacementRule, Recommendation, SavedCase
from recommender.schemas import RecommendRequest
from recommender.services.pipelines import copy_stages, save_configuration, save_pipeline
from recommender.services.placements import save_placement
from tests.recommender.admin.access import member
from tests.recommender.admin.rows import Shop
from tests.worlds import World, make_world
from users.models import Membership, User
from users.roles import Role

pytestmark = pytest.mark.django_db


def address(**asked: Any) -> str:
    return reverse("admin:recommender_savedcase_try", query={"catalog": "shop", **asked})


def shown(answer: Any, place: int = 0) -> list[str]:
    """The ids of a list on the page."""
    return [card["id"] for card in answer.context["page"]["lists"][place]["cards"]]


def marks(answer: Any, place: int) -> dict[str, str]:
    """What is marked of a list: id → words."""
    cards = answer.context["page"]["lists"][place]["cards"]
    return {card["id"]: card["mark"][1] for card in cards if card["mark"]}


@pytest.fixture
def mail(world: World) -> Pipeline:
    """A second pipeline, with another fusion strategy."""
    pipeline = save_pipeline(Pipeline(catalog=world.catalog, slug="mail", title="Mail"))
    copy_stages(Pipeline.objects.get(catalog=world.catalog, is_default=True), pipeline)
    stage = pipeline.stages.get(configuration__kind="fusion_strategy")
    stage.configuration = Configuration.objects.get(catalog=world.catalog, slug="reciprocal-rank")
    return save_pipeline(pipeline, [stage])


@pytest.fixture
def home(world: World) -> Placement:
    """A placement that pins the red teapot to the first place."""
    pin = Configuration.objects.create(
        catalog=world.catalog, kind="rule", slug="pin", plugin="pin", title="Season", settings={"items": ["teapot-red"]}
    )
    placement = Placement(catalog=world.catalog, slug="home", title="Home page")
    return save_placement(placement, [PlacementRule(configuration=pin, position=1)])


def test_the_page_begins_with_an_empty_form(world: World, admin_client: Client) -> None:
    for page in (reverse("admin:recommender_savedcase_try"), address()):
        answer = admin_client.get(page)
        assert answer.status_code == 200
        assert "What would somebody see?" in answer.content.decode()
        assert not answer.context["form"].errors


def test_what_is_tried_is_what_the_api_answers_and_is_not_recorded(world: World, admin_client: Client) -> None:
    answer = admin_client.get(address(text="a light tent", limit="5"))
    assert not Recommendation.objects.exists()
    assert shown(answer) == world.ids(text="a light tent", limit=5)


def test_people_sessions_and_history_count(world: World, admin_client: Client) -> None:
    asked = {"profile_id": "anna", "session_id": "s", "history": ["teapot-red", "suit-red"], "limit": 7}
    answer = admin_client.get(address(**{**asked, "limit": "7"}))
    assert shown(answer) == world.ids(**asked)
    text = answer.content.decode()
    assert "the sentence and 4 items chosen before" in text
    assert "Red teapot" in text


def test_a_card_has_reasons_rules_and_the_exact_shares(world: World, home: Placement, admin_client: Client) -> None:
    answer = admin_client.get(address(text="a light tent", by="placement:home"))
    (first, *_) = answer.context["page"]["lists"][0]["cards"]
    assert first["id"] == "teapot-red"
    assert first["rules"] == ["Season: pinned to place 1"]
    assert sum(one.share for one in first["bar"].segments) == pytest.approx(float(first["score"]), abs=0.001)
    text = answer.content.decode()
    assert "Season: pinned to place 1" in text
    assert 'role="img" aria-label="Shares of the score' in text
    assert "its description is close in meaning" in text or "it has your words" in text


def test_the_trace_tells_stages_and_candidates(world: World, admin_client: Client) -> None:
    trace = admin_client.get(address(text="a light tent")).context["page"]["lists"][0]["trace"]
    stages = {name for name, _spent, _width in trace["stages"]}
    assert {"Who asks", "Candidates read", "Fusion · Linear, context-dependent", "Retriever · Popular"} <= stages
    assert dict(trace["sources"])["Popular"] == 5
    assert trace["candidates"] == 24


def test_two_lists_stand_side_by_side_with_their_differences(
    world: World, mail: Pipeline, home: Placement, admin_client: Client
) -> None:
    answer = admin_client.get(address(text="a light tent", limit="4", by="", beside="placement:home"))
    usual, placed = shown(answer), shown(answer, 1)
    assert placed == ["teapot-red", *usual[:3]]
    assert marks(answer, 0) == {usual[3]: "only here"}
    assert marks(answer, 1) == {"teapot-red": "only here", **dict.fromkeys(usual[:3], "down by 1")}
    assert "4 places differ; the first 4 have 3 in common." in answer.content.decode()
    assert not answer.context["page"]["scales_differ"]
    other = admin_client.get(address(text="a light tent", by="placement:home", beside="pipeline:mail"))
    assert any(words.startswith("up by") for words in marks(other, 1).values())
    assert "bars of its own scale" in other.content.decode()


def test_a_draft_can_be_tried(world: World, admin_client: Client) -> None:
    linear = Configuration.objects.get(catalog=world.catalog, plugin="linear")
    linear.settings = {"text": -3.0, "popularity": 4.0}
    save_configuration(linear, publishing=False)
    answer = admin_client.get(address(text="a tent", by="", beside="pipeline:default:draft"))
    assert shown(answer) != shown(answer, 1)
    save_configuration(linear)
    assert shown(answer, 1) == world.ids(text="a tent", limit=10)


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"by": "placement:gone"}, "by", "not one of the available choices"),
        ({"filter": '{"price": 3}'}, "filter", "price: Extra inputs"),
        ({"filter": '{"price_maximum": }'}, "filter", "line 1, column 19"),
        ({"filter": "[1]"}, "filter", "Write an object"),
        ({"limit": "99"}, "limit", "less than or equal to 50"),
        ({"minimum_relevance": "2"}, "minimum_relevance", "less than or equal to 1"),
        ({"history": ["a"] * 21}, "history", "At most 20"),
        ({"text": "x" * 4001}, "text", "at most 4000"),
        ({"profile_id": "a\x07"}, "profile_id", "pattern"),
        ({"catalog": "gone", "text": "a tent"}, "catalog", "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    asked: dict[str, Any], field: str, words: str, world: World, admin_client: Client
) -> None:
    answer = admin_client.get(address(**asked))
    assert words in str(answer.context["form"].errors[field])
    assert words in answer.content.decode().replace("&#x27;", "'")
    assert not answer.context["page"]


def test_what_a_placement_does_not_allow_is_said_at_the_field(
    world: World, home: Placement, admin_client: Client
) -> None:
    answer = admin_client.get(address(by="placement:home", filter='{"price_maximum": 20}'))
    assert "does not let a request choose it" in str(answer.context["form"].errors["filter"])
    beside = admin_client.get(address(by="", beside="placement:home", filter='{"price_maximum": 20}'))
    assert "does not let a request choose it" in str(beside.context["form"].errors["beside"])
    assert len(shown(beside)) == 8


def test_another_catalog_forgets_what_belonged_to_the_first(world: World, admin_client: Client) -> None:
    make_world("books")
    asked = address(catalog="books", of="shop", text="a tent", by="pipeline:gone", profile_id="anna", history="x")
    answer = admin_client.get(asked)
    assert not answer.context["form"].errors
    assert answer.context["form"].request == RecommendRequest(text="a tent", limit=10)
    assert len(shown(answer)) == 10


def test_a_request_is_saved_as_a_case(world: World, home: Placement, admin_client: Client) -> None:
    page = address(text="a tent", profile_id="anna", limit="5", by="placement:home", beside="pipeline:default")
    answer = admin_client.post(page, {"name": "Anna at home"})
    assert (answer.status_code, answer.headers["Location"]) == (302, page)
    case = SavedCase.objects.get()
    assert (case.name, case.profile) == ("Anna at home", world.profile("anna"))
    assert case.request == {"text": "a tent", "limit": 5, "placement": "home"}
    assert case.created_by == User.objects.get(username="anna")
    assert not Recommendation.objects.exists()


@pytest.mark.parametrize(
    ("name", "asked", "words"),
    [
        ("", {}, "This field is required"),
        ("Twice", {}, "is there already"),
        ("New", {"profile_id": "zoe"}, "who exists"),
    ],
)
def test_what_cannot_be_saved_is_said_at_the_name(
    name: str, asked: dict[str, str], words: str, world: World, admin_client: Client
) -> None:
    SavedCase.objects.create(catalog=world.catalog, name="Twice")
    answer = admin_client.post(address(text="a tent", **asked), {"name": name})
    assert words in answer.content.decode()
    assert SavedCase.objects.count() == 1


def test_who_only_reads_may_try_but_not_save(world: World, client: Client) -> None:
    ben = User.objects.create(username="ben", is_staff=True)
    Membership.objects.create(user=ben, catalog=world.catalog, role=Role.ANALYST)
    client.force_login(ben)
    answer = client.get(address(text="a tent"))
    assert len(shown(answer)) == 10
    assert "Save as a case" not in answer.content.decode()
    client.post(address(text="a tent"), {"name": "Ben's"})
    assert not SavedCase.objects.exists()


def test_only_catalogs_of_ones_own_are_offered(world: World, shop: Shop, client: Client) -> None:
    client.force_login(member(shop, Role.EDITOR))
    answer = client.get(address(catalog=world.catalog.slug, text="a tent"))
    assert not answer.context["page"]
    assert [one.pk for one in answer.context["form"].catalogs.values()] == [shop.catalog.pk]


def test_without_a_catalog_the_page_says_so(admin_client: Client) -> None:
    Catalog.objects.all().delete()
    assert "There is no catalog" in admin_client.get(reverse("admin:recommender_savedcase_try")).content.decode()


def test_the_page_costs_a_few_queries_more_than_its_answers(
    world: World, mail: Pipeline, home: Placement, admin_client: Client
) -> None:
    def queries(**asked: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin_client.get(address(**asked)).context["page"]
        return len(captured)

    one = {"text": "a light tent", "by": "", "limit": "3"}
    two = {**one, "beside": "pipeline:mail"}
    queries(**two)  # what processes keep is read once
    short, beside = queries(**one), queries(**two)
    assert queries(**{**one, "limit": "24"}) <= short + 1
    for number in range(3):
        pipeline = save_pipeline(Pipeline(catalog=world.catalog, slug=f"more-{number}", title="More"))
        copy_stages(mail, pipeline)
    assert queries(**one) <= short
    assert queries(**two) <= beside
    assert short < 40


def test_an_item_that_is_missed_is_told_of(world: World, home: Placement, admin_client: Client) -> None:
    asked = {"text": "a light tent", "limit": "3", "by": "", "beside": "placement:home"}
    answer = admin_client.get(address(**asked, item="teapot-red"))
    usual, placed = answer.context["missed"]
    assert (usual["title"], usual["shown"], placed["shown"]) == ("Red teapot", False, True)
    assert usual["changes"]
    assert not all(passed for passed, _told in usual["stages"])
    assert any(told.startswith("Season: ") for _passed, told in placed["stages"])
    text = answer.content.decode()
    assert "It is in the list, at place 1." in text
    assert usual["told"] in text
    assert not Recommendation.objects.exists()


def test_an_item_is_missed_in_a_draft(world: World, home: Placement, admin_client: Client) -> None:
    home.filter = {"categories_any": ["tent"]}
    save_placement(home, publishing=False)
    asked = {"text": "a light tent", "by": "placement:home:draft", "item": "suit-red"}
    (missed,) = admin_client.get(address(**asked)).context["missed"]
    assert not missed["shown"]
    assert "suit-red" in shown(admin_client.get(address(text="a light tent", by="placement:home", limit="24")))


def test_an_item_that_does_not_exist_is_said_at_its_field(world: World, admin_client: Client) -> None:
    answer = admin_client.get(address(text="a tent", item="nothing"))
    assert "There is no item &#x27;nothing&#x27;" in answer.content.decode()
    assert len(shown(answer)) == 10
