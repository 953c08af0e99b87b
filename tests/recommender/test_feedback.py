"""What a person says of a list, through the API: more like this, less like this, not this category."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api_clients import api_client
from tests.worlds import COLOURS, TOPICS, World, shown
from users.services import delete_profile

ALL = len(TOPICS) * len(COLOURS)


class Visitor:
    """Somebody at the API, by profile or by session."""

    def __init__(self, world: World, **who: str) -> None:
        self.client, self.who = api_client(world.catalog), who

    def sees(self, **request: Any) -> dict[str, Any]:
        """The answer to a request of theirs."""
        answer = self.client.post("/api/v1/recommendations/", {**self.who, "limit": ALL, **request}, format="json")
        assert answer.status_code == 200, answer.content
        told: dict[str, Any] = answer.json()
        return told

    def ids(self, **request: Any) -> list[str]:
        """The list's ids."""
        return [item["item_id"] for item in self.sees(**request)["items"]]

    def says(self, kind: str, item_id: str) -> None:
        """An event of theirs."""
        event = {**self.who, "item_id": item_id, "kind": kind}
        assert self.client.post("/api/v1/events/", event, format="json").status_code == 201

    def mutes(self, *categories: str) -> None:
        """Their muted categories from now on."""
        path = f"/api/v1/profiles/{self.who['profile_id']}/"
        changed = self.client.patch(path, {"muted_categories": list(categories)}, format="json")
        assert changed.json()["muted_categories"] == list(categories)


def place_of(topic: str, ids: list[str]) -> float:
    """The mean place of a topic's items."""
    places = [place for place, item_id in enumerate(ids) if item_id.startswith(topic)]
    return sum(places) / len(places)


@pytest.fixture(params=[{"profile_id": "ben"}, {"session_id": "s-42"}], ids=["profile", "session"])
def visitor(world: World, request: pytest.FixtureRequest) -> Visitor:
    return Visitor(world, **request.param)


@pytest.fixture
def ben(world: World) -> Visitor:
    return Visitor(world, profile_id="ben")


# --- More, less
def test_less_hides_the_item_and_lets_its_like_sink(visitor: Visitor) -> None:
    before = visitor.ids()
    visitor.says("less", "tent-black")
    after = visitor.ids()
    assert "tent-black" not in after
    assert len(after) == ALL - 1
    assert place_of("tent", after) > place_of("tent", before) + 1


def test_less_says_of_the_others_why_they_sank(ben: Visitor) -> None:
    ben.says("less", "tent-black")
    items = {item["item_id"]: item["explanation"] for item in ben.sees(explain=True)["items"]}
    assert any("like “Black tent”, disliked" in rule for rule in items["tent-red"]["rules"])
    assert next(one for one in items["tent-red"]["sources"] if one["source"] == "less-like")["share"] < 0
    assert items["guitar-red"]["rules"] == []


def test_more_lets_its_like_rise(visitor: Visitor) -> None:
    before = visitor.ids()
    visitor.says("more", "guitar-black")
    after = visitor.ids()
    assert place_of("guitar", after) < place_of("guitar", before) - 1
    assert len(after) == ALL


def test_less_is_taken_back_by_more(ben: Visitor) -> None:
    ben.says("less", "tent-black")
    ben.says("more", "tent-black")
    after = ben.sees(explain=True)
    assert "tent-black" in [item["item_id"] for item in after["items"]]
    assert all(item["explanation"]["rules"] == [] for item in after["items"])


def test_less_beside_what_the_person_asks_for_leaves_it_first(ben: Visitor) -> None:
    ben.says("less", "tent-black")
    assert all(item.startswith("tent") for item in ben.ids(text="a light tent for camping", limit=3))


def test_less_in_the_history_of_a_request_counts_too(world: World) -> None:
    answer = world.recommend(history=[{"item_id": "tent-black", "kind": "less"}], limit=ALL)
    assert "tent-black" not in shown(answer)
    assert place_of("tent", shown(answer)) > place_of("tent", world.ids(limit=ALL)) + 1


def test_the_request_knows_better_than_what_is_stored(world: World) -> None:
    world.does("ben", "suit-red")
    world.does("ben", "tent-black", kind="skip")
    told = [{"item_id": "suit-red", "kind": "skip"}, {"item_id": "tent-black", "kind": "more"}]
    answer = world.recommend(profile_id="ben", history=told, limit=ALL)
    assert answer.basis.events == 1
    assert "tent-black" in shown(answer)
    assert "suit-red" not in shown(answer)


# --- Not this category
def test_of_a_muted_category_nothing_is_shown_until_it_is_unmuted(ben: Visitor) -> None:
    before = ben.sees()
    ben.mutes("tent", "suit")
    muted = ben.sees()
    assert {item["item_id"].split("-")[0] for item in muted["items"]} == {"guitar", "teapot"}
    assert (before["basis"]["muted"], muted["basis"]["muted"]) == ([], ["tent", "suit"])
    ben.mutes()
    after = ben.sees()
    assert [item["item_id"] for item in after["items"]] == [item["item_id"] for item in before["items"]]
    assert after["basis"]["muted"] == []


def test_the_page_of_a_muted_category_is_not_empty(ben: Visitor) -> None:
    ben.mutes("tent", "suit")
    page = ben.sees(filter={"categories_any": ["tent"]})
    assert len(page["items"]) == len(COLOURS)
    assert page["basis"]["muted"] == ["suit"]


def test_a_mute_joins_what_the_request_refuses(ben: Visitor) -> None:
    ben.mutes("tent")
    ids = ben.ids(filter={"categories_none": ["suit"]})
    assert {item.split("-")[0] for item in ids} == {"guitar", "teapot"}


def test_a_search_finds_what_is_muted(ben: Visitor) -> None:
    ben.mutes("tent")
    found = ben.client.post("/api/v1/search/", {"query": "tent", "profile_id": "ben"}, format="json").json()
    assert found["items"][0]["item_id"].startswith("tent")
    assert found["basis"]["muted"] == []


def test_a_mute_holds_for_its_person_alone_and_goes_with_them(world: World, ben: Visitor) -> None:
    ben.mutes("tent")
    assert place_of("tent", Visitor(world, profile_id="anna").ids()) < ALL
    delete_profile(world.catalog.pk, "ben")
    assert ben.sees()["basis"]["muted"] == []


def test_without_consent_a_mute_does_not_count_either(ben: Visitor) -> None:
    ben.mutes("tent")
    ben.client.patch("/api/v1/profiles/ben/", {"personalise": False}, format="json")
    told = ben.sees()
    assert "consent" in told["basis"]["missing"][0]
    assert len(told["items"]) == ALL


def test_an_anonymous_visitor_says_it_in_the_request(world: World) -> None:
    answer = world.recommend(session_id="s-42", filter={"categories_none": ["tent"]}, limit=ALL)
    assert not any(item.startswith("tent") for item in shown(answer))
