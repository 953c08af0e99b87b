"""Events are stored once, each row answers for itself, and a profile leaves nothing behind."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import RestrictedError

from catalog.exceptions import RowError
from catalog.models import Catalog
from catalog.rows import ItemRow
from catalog.services import create_catalog, save_items
from users.exceptions import ProfileNotFoundError, TooManyEventsError
from users.models import Event, EventKind, Profile
from users.rows import EventRow, ProfileRow
from users.services import delete_profile, provide_event_kinds, save_events, save_profiles

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Catalog:
    catalog = create_catalog("shop")
    provide_event_kinds(catalog)
    save_items(catalog.pk, [ItemRow(item_id=item_id, title=item_id) for item_id in ("suit", "tie")])
    return catalog


def event(**changes: Any) -> EventRow:
    return EventRow.read({"profile_id": "anna", "item_id": "suit", "kind": "like", **changes})


def problems(outcome: str | RowError) -> dict[str, str]:
    assert isinstance(outcome, RowError)
    return {one.field: one.reason for one in outcome.problems}


def test_new_catalogs_get_every_kind_of_event(shop: Catalog) -> None:
    kinds = {kind.name: kind for kind in EventKind.objects.filter(catalog=shop)}
    assert set(kinds) == {
        "impression", "view", "click", "like", "share", "comment", "cart", "purchase", "play", "dwell", "rating",
        "skip", "dislike", "more", "less",
    }  # fmt: skip
    assert {name for name, kind in kinds.items() if kind.consumes} == {"purchase", "play", "rating", "dislike", "less"}
    assert {name for name, kind in kinds.items() if kind.sign == "negative"} == {"skip", "dislike", "less"}
    assert (kinds["rating"].positive_from, kinds["rating"].negative_to) == (4, 2)
    assert (kinds["impression"].sign, kinds["impression"].weight) == ("neutral", 0)
    for kind in kinds.values():
        kind.full_clean()


def test_providing_kinds_again_keeps_what_was_changed(shop: Catalog) -> None:
    EventKind.objects.filter(name="like").update(weight=9)
    EventKind.objects.filter(name="skip").delete()
    provide_event_kinds(shop)
    assert EventKind.objects.get(name="like").weight == 9
    assert EventKind.objects.count() == 15


def test_an_event_makes_its_profile_and_happened_now(shop: Catalog) -> None:
    before = datetime.now(UTC)
    assert save_events(shop.pk, [event()]) == ["stored"]
    stored = Event.objects.select_related("profile", "kind", "item").get()
    assert stored.profile is not None
    assert (stored.profile.external_id, stored.item.external_id, stored.kind.name) == ("anna", "suit", "like")
    assert stored.occurred_at is not None
    assert before <= stored.occurred_at <= datetime.now(UTC) + timedelta(seconds=1)
    assert (stored.profile.learn, stored.profile.personalise, stored.profile.is_test) == (True, True, False)


def test_every_field_of_an_event_is_stored(shop: Catalog) -> None:
    answer = uuid.uuid4()
    row = event(
        session_id="s1", kind="rating", value=4.5, occurred_at="2024-02-29T12:00:00Z", recommendation_id=str(answer),
        position=3, idempotency_key="k1",
    )  # fmt: skip
    assert save_events(shop.pk, [row]) == ["stored"]
    stored = Event.objects.get()
    assert (stored.session_id, stored.value, stored.recommendation_id, stored.position) == ("s1", 4.5, answer, 3)
    assert (stored.occurred_at, stored.idempotency_key) == (datetime(2024, 2, 29, 12, tzinfo=UTC), "k1")


def test_an_anonymous_visitor_needs_no_profile(shop: Catalog) -> None:
    assert save_events(shop.pk, [event(profile_id=None, session_id="s1")]) == ["stored"]
    assert Event.objects.get().profile is None
    assert not Profile.objects.exists()


def test_the_same_key_is_stored_once(shop: Catalog) -> None:
    rows = [event(idempotency_key="k"), event(idempotency_key="k"), event(), event()]
    assert save_events(shop.pk, rows) == ["stored", "duplicate", "stored", "stored"]
    assert save_events(shop.pk, rows[:2]) == ["duplicate", "duplicate"]
    assert Event.objects.count() == 3
    other = create_catalog("other")
    provide_event_kinds(other)
    save_items(other.pk, [ItemRow(item_id="suit", title="suit")])
    assert save_events(other.pk, rows[:1]) == ["stored"]


def test_a_bad_row_is_refused_alone_and_leaves_no_profile(shop: Catalog) -> None:
    rows = [event(item_id="ghost", profile_id="ben"), event(kind="hug", item_id="ghost"), event()]
    ghost, hug, good = save_events(shop.pk, rows)
    assert "send the item first" in problems(ghost)["item_id"]
    assert set(problems(hug)) == {"item_id", "kind"}
    assert "click, comment, dislike" in problems(hug)["kind"]
    assert good == "stored"
    assert list(Profile.objects.values_list("external_id", flat=True)) == ["anna"]


def test_events_of_one_call_keep_their_order(shop: Catalog) -> None:
    save_events(shop.pk, [event(item_id=item_id) for item_id in ("tie", "suit", "tie")])
    assert list(Event.objects.order_by("id").values_list("item__external_id", flat=True)) == ["tie", "suit", "tie"]


def test_ten_thousand_events_are_one_call_and_more_are_refused(shop: Catalog) -> None:
    rows = [event(profile_id=f"p{number % 50}", value=number) for number in range(10_000)]
    assert set(save_events(shop.pk, rows)) == {"stored"}
    assert (Event.objects.count(), Profile.objects.count()) == (10_000, 50)
    with pytest.raises(TooManyEventsError, match=r"10,001 .* at most 10,000"):
        save_events(shop.pk, [*rows, rows[0]])
    assert save_events(shop.pk, []) == []


def test_profiles_are_made_changed_and_left_alone(shop: Catalog) -> None:
    anna = ProfileRow(profile_id="anna", interests='fine "wool"', attributes={"age": 40}, language="en")
    assert save_profiles(shop.pk, [anna, anna]) == ["created", "created"]
    before = Profile.objects.get()
    assert save_profiles(shop.pk, [anna]) == ["unchanged"]
    assert Profile.objects.get().updated_at == before.updated_at
    assert (before.interests, before.attributes, before.language) == ('fine "wool"', {"age": 40}, "en")
    changed = ProfileRow(profile_id="anna", interests="linen")
    assert save_profiles(shop.pk, [anna, changed]) == ["replaced", "changed"]
    assert Profile.objects.get().attributes == {}
    assert save_profiles(shop.pk, []) == []


def test_consent_that_a_row_does_not_speak_of_stays(shop: Catalog) -> None:
    save_profiles(shop.pk, [ProfileRow(profile_id="anna", learn=False, is_test=True)])
    save_profiles(shop.pk, [ProfileRow(profile_id="anna", interests="wool")])
    anna = Profile.objects.get()
    assert (anna.learn, anna.personalise, anna.is_test, anna.interests) == (False, True, True, "wool")
    save_profiles(shop.pk, [ProfileRow(profile_id="anna", learn=True)])
    assert Profile.objects.get().learn is True


def test_a_deleted_profile_takes_its_events_along(shop: Catalog) -> None:
    save_events(shop.pk, [event(), event(profile_id="ben")])
    delete_profile(shop.pk, "anna")
    assert [str(one.profile) for one in Event.objects.all()] == ["ben"]
    with pytest.raises(ProfileNotFoundError, match="no profile 'anna'"):
        delete_profile(shop.pk, "anna")


def test_a_kind_with_events_stays_but_falls_with_its_catalog(shop: Catalog) -> None:
    save_events(shop.pk, [event()])
    with pytest.raises(RestrictedError):
        EventKind.objects.get(name="like").delete()
    shop.delete()
    assert not Event.objects.exists()
    assert not EventKind.objects.exists()
