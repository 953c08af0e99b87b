"""The page of a person: interests, events, the list they would be shown, all of it exported, all of it erased."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from recommender.admin.person_page import sign_of
from recommender.models import Pipeline, Recommendation, SavedCase
from tests.recommender.admin.rows import Shop
from users.models import Event, EventKind, Profile, Sign

pytestmark = pytest.mark.django_db


def address(page: str, profile: Profile) -> str:
    return reverse(f"admin:users_profile_{page}", args=(profile.pk,))


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_the_page_shows_interests_consent_and_events(shop: Shop, admin_client: Client) -> None:
    Profile.objects.filter(pk=shop.anna.pk).update(
        attributes={"city": "苏州"}, muted_categories=["ties"], learn=False, is_test=True
    )
    Event.objects.create(
        catalog=shop.catalog, profile=shop.anna, item=shop.item("A hat"), kind=shop.kind, value=4, position=3,
        occurred_at=timezone.now(), recommendation_id=Recommendation.objects.get().pk,
    )  # fmt: skip
    text = text_of(admin_client.get(address("change", shop.anna)))
    for word in (
        "商务装",
        "苏州",
        "Wants nothing of: ties",
        "not learned from",
        "test account",
        "place 3 of an answer",
    ):
        assert word in text
    assert text.index("A hat") < text.index("一件高端商务装"), "the newest first, those without a time last"
    assert "2 events" in text
    assert "1 recorded answer" in text


def test_the_list_is_made_on_demand_and_not_recorded(shop: Shop, admin_client: Client) -> None:
    hat = shop.item("A hat")
    ben = Profile.objects.create(catalog=shop.catalog, external_id="ben")
    before = Recommendation.objects.count()
    assert admin_client.get(address("change", ben)).context["page"]["list"] is None
    shop.stage(shop.configuration("ranker", "popularity"))
    shop.popular_is(hat)
    made = admin_client.get(address("change", ben), {"list": "now"}).context["page"]["list"]
    assert Recommendation.objects.count() == before
    assert made["items"][0]["title"] == "A hat"
    assert made["items"][0]["reasons"]
    assert made["items"][0]["link"] == reverse("admin:catalog_item_change", args=(hat.pk,))
    assert "popular" in made["rests_on"][0]


def test_a_list_that_cannot_be_made_says_why(shop: Shop, admin_client: Client) -> None:
    Pipeline.objects.filter(catalog=shop.catalog).update(is_default=False)
    text = text_of(admin_client.get(address("change", shop.anna), {"list": "now"}))
    assert "It could not be made." in text


def test_the_export_holds_everything_stored(shop: Shop, admin_client: Client) -> None:
    Profile.objects.create(catalog=shop.catalog, external_id="ben")
    Event.objects.create(
        catalog=shop.catalog, profile=shop.anna, item=shop.suit, kind=shop.kind, value=0.5, session_id="s-1",
        occurred_at=timezone.now(),
    )  # fmt: skip
    SavedCase.objects.create(catalog=shop.catalog, name="Suits", request={"text": "a suit"}, profile=shop.anna)
    answer = admin_client.get(address("export", shop.anna))
    assert answer["Content-Disposition"] == f'attachment; filename="profile-{shop.anna.pk}.json"'
    told = json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]  # it is a stream
    assert told["catalog"] == shop.catalog.slug
    assert (told["profile"]["profile_id"], told["profile"]["interests"]) == ("anna", "商务装")
    assert [event["item_id"] for event in told["events"]] == [shop.suit.external_id] * 2
    assert (told["events"][1]["value"], told["events"][1]["session_id"]) == (0.5, "s-1")
    (recorded,) = told["recommendations"]
    assert recorded["item_ids"] == [shop.suit.external_id, None]
    assert (recorded["pipeline"], recorded["request"]) == ("default", {"text": "我需要一件高端的商务装"})
    assert {"text": "a suit"} in [case["request"] for case in told["saved_cases"]]
    named = {"id": "recommendation_id", **{f"{one}_id": one for one in ("pipeline", "placement", "experiment")}}
    kept = {named.get(field.name, field.name) for field in Recommendation._meta.concrete_fields}
    assert kept - {"catalog_id", "profile_id"} <= recorded.keys(), "a new field of an answer belongs into the export"
    stored = {field.name for field in Profile._meta.concrete_fields} - {"id", "catalog", "external_id"}
    assert stored <= told["profile"].keys(), "a new field of a profile belongs into the export"


def test_somebody_of_whom_nothing_is_stored_is_exported_too(shop: Shop, admin_client: Client) -> None:
    ben = Profile.objects.create(catalog=shop.catalog, external_id="ben")
    told = json.loads(b"".join(admin_client.get(address("export", ben)).streaming_content))  # type: ignore[attr-defined]  # as above
    assert (told["events"], told["recommendations"]) == ([], [])
    ben.delete()
    gone = admin_client.get(reverse("admin:users_profile_export", args=(10**9,)), follow=True)
    assert "no such person" in text_of(gone)


def test_erasing_says_what_falls_and_names_nobody_afterwards(shop: Shop, admin_client: Client) -> None:
    SavedCase.objects.all().delete()
    SavedCase.objects.create(catalog=shop.catalog, name="Hers", request={}, profile=shop.anna)
    admin_client.get(address("export", shop.anna))
    assert LogEntry.objects.filter(object_repr="anna").exists()
    page = text_of(admin_client.get(address("delete", shop.anna)))
    for word in ("cannot be undone", "Events: 1", "Recorded answers: 1", "Saved cases: 1"):
        assert word in page
    admin_client.post(address("delete", shop.anna), {"post": "yes"})
    assert not Profile.objects.exists()
    assert not Event.objects.exists()
    assert not Recommendation.objects.exists()
    assert not SavedCase.objects.exists()
    assert LogEntry.objects.filter(object_id=shop.anna.pk).count() == 2
    assert not LogEntry.objects.filter(object_repr="anna").exists()


def test_several_are_erased_together(shop: Shop, admin_client: Client) -> None:
    ben = Profile.objects.create(catalog=shop.catalog, external_id="ben")
    ticked = {"action": "delete_selected", "_selected_action": [shop.anna.pk, ben.pk]}
    page = text_of(admin_client.post(reverse("admin:users_profile_changelist"), ticked))
    for word in ("cannot be undone", "1 event", "0 events", "Profiles: 2"):
        assert word in page
    admin_client.post(reverse("admin:users_profile_changelist"), {**ticked, "post": "yes"})
    assert not Profile.objects.exists()
    assert not Recommendation.objects.exists()


def test_the_page_costs_the_same_queries_whatever_the_person_did(shop: Shop, admin_client: Client) -> None:
    def queries(asked: dict[str, str]) -> int:
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(address("change", shop.anna), asked)
        return len(captured)

    for asked in ({}, {"list": "now"}):
        queries(asked)
        before = queries(asked)
        for _ in range(3):
            shop.rows()
        assert queries(asked) <= before


@pytest.mark.parametrize(
    ("value", "sign"), [(5.0, Sign.POSITIVE), (3.0, Sign.NEUTRAL), (1.0, Sign.NEGATIVE), (None, Sign.NEUTRAL)]
)
def test_where_the_value_decides_it_does(value: float | None, sign: Sign) -> None:
    assert sign_of(EventKind(sign=Sign.POSITIVE, positive_from=4, negative_to=2), value) == sign
    assert sign_of(EventKind(sign=Sign.NEGATIVE), value) == Sign.NEGATIVE


def test_whatever_points_to_a_person_is_exported() -> None:
    """A new model that does belongs into `recommender.selectors.person`, and what falls into the page that erases."""
    fields = Profile._meta.get_fields(include_hidden=True)
    pointing = {one.related_model for one in fields if one.is_relation and one.auto_created}
    assert pointing == {Event, SavedCase}
