from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from recommender.models import Pipeline, Placement, Recommendation
from recommender.services.curation import Curation, curate, curation
from recommender.services.placements import save_placement
from tests.worlds import World, make_world
from users.models import Membership, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def home(world: World) -> Placement:
    return save_placement(Placement(catalog=world.catalog, slug="home", title="Home"))


def address(placement: Placement, name: str = "curate") -> str:
    return reverse(f"admin:recommender_placement_{name}", args=(placement.pk,))


def do(client: Client, placement: Placement, item: str, action: str, **fields: Any) -> Any:
    return client.post(address(placement), {"item": item, "do": action, **fields})


def cards(client: Client, placement: Placement, **asked: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(address(placement), asked).context["page"]["cards"]
    return found


def ids(client: Client, placement: Placement, **asked: str) -> list[str]:
    return [card["id"] for card in cards(client, placement, **asked)]


def test_a_pin_shows_in_the_preview_at_once_and_to_visitors_when_published(
    world: World, home: Placement, admin_client: Client
) -> None:
    asked = {"text": "a light tent for camping"}
    before = ids(admin_client, home, **asked)
    item = before[-1]
    answer = admin_client.post(f"{address(home)}?text=a+light+tent", {"item": item, "do": "pin:2"})
    assert answer["Location"] == f"{address(home)}?text=a+light+tent"
    shown = cards(admin_client, home, **asked)
    assert (shown[1]["id"], shown[1]["badges"]) == (item, ["Home: pins: pinned to place 2"])
    assert world.ids(**asked, placement="home", limit=20) == before
    assert home.revisions.order_by("-number")[0].author == User.objects.get(username="anna")
    admin_client.post(address(home, "publish"), {"next": address(home)})
    assert world.ids(**asked, placement="home", limit=20)[1] == item


def test_boost_bury_and_block_take_one_click_and_are_taken_back(home: Placement, admin_client: Client) -> None:
    first, second, third = ids(admin_client, home)[:3]
    do(admin_client, home, first, "block")
    do(admin_client, home, second, "bury")
    do(admin_client, home, third, "boost")
    assert curation(home) == Curation(boosted=(third,), buried=(second,), blocked=(first,))
    now = ids(admin_client, home)
    assert (now[0], first in now, now.index(second) > 0) == (third, False, True)
    for item, action in ((first, "unblock"), (second, "level"), (third, "level")):
        do(admin_client, home, item, action)
    assert curation(home) == Curation()
    assert ids(admin_client, home)[:3] == [first, second, third]


def test_an_item_that_is_not_in_the_list_is_pinned_by_id_or_title(home: Placement, admin_client: Client) -> None:
    do(admin_client, home, "guitar-red", "pin", place="1")
    do(admin_client, home, "blue GUITAR", "pin", place="2")
    assert ids(admin_client, home)[:2] == ["guitar-red", "guitar-blue"]


@pytest.mark.parametrize(
    ("item", "action", "word"),
    [
        ("no such item", "pin:1", "no item “no such item”"),
        ("", "boost", "no item “”"),
        ("tent-red", "pin", "whole number"),
        ("tent-red", "pin:0", "whole number"),
        ("tent-red", "pin:x", "whole number"),
        ("tent-red", "shine", "whole number"),
    ],
)
def test_what_cannot_be_done_is_said(home: Placement, admin_client: Client, item: str, action: str, word: str) -> None:
    answer = do(admin_client, home, item, action)
    assert answer.status_code == 400
    assert word in answer.content.decode()
    assert curation(home) == Curation()


def test_the_list_is_that_of_a_person_and_is_not_recorded(home: Placement, admin_client: Client) -> None:
    assert ids(admin_client, home, profile="carl") != ids(admin_client, home, profile="fritz")
    page = admin_client.get(address(home), {"profile": "nobody"})
    assert page.context["page"]["missing"] == ["profile 'nobody' is unknown"]
    assert "characters" in admin_client.get(address(home), {"profile": "a\tb"}).content.decode()
    assert not Recommendation.objects.exists()


def test_a_pin_that_cannot_be_shown_says_why_and_can_be_taken_back(
    world: World, home: Placement, admin_client: Client
) -> None:
    do(admin_client, home, "guitar-red", "pin:1")
    world.catalog.items.filter(external_id="guitar-red").update(available=False)
    assert "not available, and so not shown" in admin_client.get(address(home)).content.decode()
    world.catalog.items.filter(external_id="guitar-red").delete()
    assert "no such item (any more)" in admin_client.get(address(home)).content.decode()
    do(admin_client, home, "guitar-red", "unpin")
    assert curation(home) == Curation()


def test_the_last_change_is_undone(home: Placement, admin_client: Client) -> None:
    do(admin_client, home, "guitar-red", "pin:1")
    do(admin_client, home, "tent-red", "block")
    number = admin_client.get(address(home)).context["page"]["undo"]
    admin_client.post(address(home, "restore"), {"number": number, "next": address(home)})
    assert curation(home) == Curation(pins={1: "guitar-red"})


def test_a_pipeline_that_cannot_run_says_so(world: World, home: Placement, admin_client: Client) -> None:
    Pipeline.objects.filter(catalog=world.catalog).update(is_default=False)
    assert "no default pipeline" in admin_client.get(address(home)).content.decode()


@pytest.mark.parametrize(("role", "status"), [("analyst", 403), ("editor", 302)])
def test_an_analyst_looks_and_an_editor_acts(home: Placement, client: Client, role: str, status: int) -> None:
    user = User.objects.create(username="ben", is_staff=True)
    Membership.objects.create(user=user, catalog=home.catalog, role=role)
    client.force_login(user)
    page = client.get(address(home))
    assert page.status_code == 200
    assert ("Pin here" in page.content.decode()) == (status == 302)
    assert do(client, home, "tent-red", "boost").status_code == status


def test_a_long_list_of_things_done_takes_as_many_queries_as_a_short_one(home: Placement, admin_client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            admin_client.get(address(home))
        return len(counted)

    curate(home, Curation().pin("tent-red", 1).boost("tent-blue").block("suit-red"))
    queries()  # once, for what is cached
    before = queries()
    more = curation(home)
    for item in ("guitar-red", "guitar-blue", "guitar-green"):
        more = more.pin(item, 2)
    for item in ("suit-blue", "suit-green"):
        more = more.block(item)
    curate(home, more)
    assert queries() == before
