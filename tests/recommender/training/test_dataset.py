"""What is read to learn from: whose events, in which order, under which name, and what is said to be missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from catalog.models import Item
from recommender.exceptions import TooManyKindsError
from recommender.plugins.training import Rows
from recommender.training.dataset import Dataset, read_dataset
from recommender.training.items import read_items
from tests.worlds import World
from users.models import Event, Profile
from users.rows import EventRow, ProfileRow
from users.services import save_events, save_profiles


def chosen(world: World, data: Dataset, person: str) -> list[str]:
    """The person's sequence as external ids."""
    place = data.profile_ids.tolist().index(world.profile(person).pk)
    return _external(world, data, data.items[data.starts[place] : data.starts[place + 1]])


def disliked(world: World, data: Dataset, person: str) -> list[str]:
    place = data.profile_ids.tolist().index(world.profile(person).pk)
    return _external(world, data, data.disliked[data.disliked_starts[place] : data.disliked_starts[place + 1]])


def _external(world: World, data: Dataset, places: Rows) -> list[str]:
    names = dict(Item.objects.filter(catalog=world.catalog).values_list("id", "external_id"))
    return [names[one] for one in data.item_ids[places].tolist()]


def test_everybody_s_choices_oldest_first(world: World) -> None:
    data = read_dataset(world.catalog)
    assert data.people == 6  # Ben chose nothing
    assert data.size == 24
    assert chosen(world, data, "carl") == ["tent-black", "tent-blue", "tent-red"]
    assert chosen(world, data, "gina") == ["teapot-green", "teapot-red"]
    assert data.kind_names == ("like",)
    assert set(data.weights.tolist()) == {2.0}
    assert data.items.dtype == data.starts.dtype == np.int64
    assert [column.dtype.name for column in (data.kinds, data.weights, data.times)] == ["int8", "float32", "float64"]


def test_an_item_stands_once_at_its_first_time_with_its_newest_kind(world: World) -> None:
    world.does("ben", "suit-red", "suit-blue", kind="click")
    world.does("ben", "suit-red", kind="purchase")
    data = read_dataset(world.catalog)
    assert chosen(world, data, "ben") == ["suit-red", "suit-blue"]
    place = data.starts[data.profile_ids.tolist().index(world.profile("ben").pk)]
    assert [data.kind_names[kind] for kind in data.kinds[place : place + 2]] == ["purchase", "click"]
    assert data.weights[place : place + 2].tolist() == [3.0, 1.0]


def test_the_newest_opinion_decides_and_thresholds_are_kept(world: World) -> None:
    world.does("ben", "suit-red", "suit-blue")
    world.does("ben", "suit-red", kind="rating", value=1)
    world.does("ben", "suit-grey", kind="rating", value=5)
    world.does("ben", "suit-white", kind="rating", value=3)  # neither
    world.does("ben", "suit-blue", kind="impression")
    data = read_dataset(world.catalog)
    assert chosen(world, data, "ben") == ["suit-blue", "suit-grey"]
    assert disliked(world, data, "ben") == ["suit-red"]


def test_times_order_before_arrival(world: World) -> None:
    day = datetime(2024, 5, 1, tzinfo=UTC)
    for n, item in enumerate(("tent-red", "tent-blue", "tent-grey")):
        world.does("ben", item, occurred_at=day - timedelta(days=n))
    data = read_dataset(world.catalog)
    assert chosen(world, data, "ben") == ["tent-grey", "tent-blue", "tent-red"]
    place = data.starts[data.profile_ids.tolist().index(world.profile("ben").pk)]
    assert data.times[place + 2] == day.timestamp()


@pytest.mark.parametrize("field", ["learn", "is_test"])
def test_people_without_consent_and_test_accounts_are_left_out(world: World, field: str) -> None:
    Profile.objects.filter(external_id="carl").update(**{field: field == "is_test"})
    data = read_dataset(world.catalog)
    assert data.people == 5
    assert world.profile("carl").pk not in data.profile_ids


def test_sessions_are_people_and_a_profile_s_session_is_the_profile(world: World) -> None:
    rows = [EventRow(session_id=who, item_id=item, kind="like") for who in ("s1", "s2") for item in ("suit-red",)]
    save_events(world.catalog.pk, [*rows, EventRow(session_id="s1", item_id="suit-blue", kind="like")])
    save_events(world.catalog.pk, [EventRow(session_id="s1", profile_id="ben", item_id="suit-grey", kind="like")])
    data = read_dataset(world.catalog)
    assert data.people == 9
    assert data.profile_ids.tolist().count(0) == 2
    assert sorted(data.lengths[data.profile_ids == 0].tolist()) == [1, 2]
    assert chosen(world, data, "ben") == ["suit-grey"]


def test_long_histories_keep_their_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommender.training.events.ITEMS_PER_PERSON", 2)
    data = read_dataset(world.catalog)
    assert chosen(world, data, "carl") == ["tent-blue", "tent-red"]
    assert chosen(world, data, "anna") == ["tent-black", "tent-blue"]


def test_any_cut_of_the_stream_gives_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_dataset(world.catalog)
    monkeypatch.setattr("recommender.training.streams.CHUNK_BYTES", 100)
    assert read_dataset(world.catalog).content_hash == whole.content_hash


def test_the_hash_names_the_content(world: World) -> None:
    before = read_dataset(world.catalog).content_hash
    assert read_dataset(world.catalog, items=read_items(world.catalog)).content_hash == before
    world.does("ben", "suit-red", kind="impression")
    assert read_dataset(world.catalog).content_hash == before  # says nothing, teaches nothing
    world.does("ben", "suit-red", kind="dislike")
    world.does("anna", "suit-red", kind="dislike")
    after = read_dataset(world.catalog).content_hash
    assert after != before
    Item.objects.filter(external_id="suit-red").update(text_hash="0" * 32)
    assert read_dataset(world.catalog).content_hash not in {before, after}


def test_profile_attributes_only_where_listed(world: World) -> None:
    people = [ProfileRow(profile_id=who, attributes={"region": where, "age": 40}) for who, where in REGIONS]
    save_profiles(world.catalog.pk, people)
    assert read_dataset(world.catalog).attributes == {}
    data = read_dataset(world.catalog, attributes=["region"])
    assert list(data.attributes) == ["region"]
    region = data.attributes["region"]
    assert region.values == ("north", "south")  # Ben chose nothing: his region does not occur
    found = dict(zip(data.profile_ids.tolist(), region.codes.tolist(), strict=True))
    assert [found[world.profile(who).pk] for who in ("anna", "carl", "dora")] == [0, 1, -1]
    assert data.content_hash != read_dataset(world.catalog).content_hash


REGIONS = (("carl", "south"), ("anna", "north"), ("ben", "east"))


def test_weights_fade_where_asked(world: World) -> None:
    newest = datetime(2024, 5, 1, tzinfo=UTC)
    Event.objects.all().delete()
    world.does("anna", "suit-red", occurred_at=newest)
    world.does("anna", "suit-blue", occurred_at=newest - timedelta(days=180))  # the half-life of a like
    world.does("anna", "suit-grey")
    Event.objects.filter(item__external_id="suit-grey").update(occurred_at=None)
    assert read_dataset(world.catalog).weights.tolist() == [2.0, 2.0, 2.0]
    faded = read_dataset(world.catalog, half_lives=True)
    assert chosen(world, faded, "anna") == ["suit-grey", "suit-blue", "suit-red"]
    assert faded.weights.tolist() == pytest.approx([2.0, 1.0, 2.0])


def test_more_kinds_than_learning_tells_apart(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommender.training.events.MOST_KINDS", 2)
    world.does("ben", "suit-red", kind="click")
    assert read_dataset(world.catalog).kind_names == ("click", "like")
    world.does("ben", "suit-blue", kind="cart")
    with pytest.raises(TooManyKindsError, match="more than 2 kinds of event"):
        read_dataset(world.catalog)


def test_too_little_is_said_in_plain_words(world: World) -> None:
    Event.objects.update(occurred_at=None)
    data = read_dataset(world.catalog)
    assert data.lacking() == [
        "6 people chose two or more items; learning needs about 50.",
        "0 people chose 6 items or more; to try what was learned on people it has not seen takes about 60.",
        "5 of 24 items were chosen by two or more people; learning what goes with what needs about 20.",
        "Most events have no time: their order of arrival counts instead, and nothing is split by time.",
    ]
    assert data.describe()[0] == "6 people chose 5 of 24 items, 15 choices in all."


def test_a_catalog_without_events_has_a_dataset_too(world: World) -> None:
    Event.objects.all().delete()
    data = read_dataset(world.catalog)
    assert (data.people, len(data.items), data.size, data.has_times) == (0, 0, 24, False)
    assert data.lacking()[0].startswith("0 people chose two or more items")
    Item.objects.all().delete()
    assert read_dataset(world.catalog).size == 0


def test_times_of_a_clock_differ_from_times_that_number(world: World) -> None:
    start = datetime(2018, 1, 1, tzinfo=UTC)
    events = list(Event.objects.order_by("id"))
    for event in events:
        event.occurred_at = start  # everybody begins at the same moment
    Event.objects.bulk_update(events, ["occurred_at"])
    data = read_dataset(world.catalog)
    assert not data.has_times
    assert "begin at the same moment" in data.lacking()[-1]
    for n, event in enumerate(events):
        event.occurred_at = start + timedelta(hours=n)
    Event.objects.bulk_update(events, ["occurred_at"])
    assert read_dataset(world.catalog).has_times
