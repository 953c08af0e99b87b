"""Answers: from a sentence, from behaviour, from both, from nothing."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Item
from recommender.exceptions import PipelineNotFoundError
from recommender.models import Recommendation
from tests.worlds import COLOURS, TOPICS, World, shown
from users.models import Event, Profile


def test_a_sentence_from_someone_never_seen_decides_the_list(world: World) -> None:
    answer = world.recommend(profile_id="nobody", text="songs on a wooden guitar", limit=6)
    assert all(item.startswith("guitar") for item in shown(answer))
    assert answer.basis.sentence
    assert not answer.basis.popular
    assert answer.basis.missing == ["profile 'nobody' is unknown"]


def test_with_nothing_at_all_the_popular_comes_first_and_is_said(world: World) -> None:
    answer = world.recommend(limit=3)
    assert answer.basis.popular
    assert set(shown(answer)) == {"tent-black", "tent-blue", "tent-red"}


def test_behaviour_decides_where_there_is_no_sentence(world: World) -> None:
    ids = world.ids(history=["teapot-green"], exclude=["teapot-green"], limit=3)
    assert ids[0] == "teapot-red"


def test_sentence_and_behaviour_both_count(world: World) -> None:
    ids = world.ids(profile_id="anna", text="a guitar for songs", limit=12)
    assert any(item.startswith("guitar") for item in ids[:6])
    assert any(item.startswith("tent") for item in ids)


def test_a_profile_s_interests_are_its_sentence(world: World) -> None:
    answer = world.recommend(profile_id="anna", limit=4)
    assert answer.basis.sentence
    assert answer.basis.events == 2


def test_taking_an_event_away_restores_the_list_exactly(world: World) -> None:
    before = world.recommend(profile_id="anna", text="something for tea", limit=24)
    world.does("anna", "guitar-red")
    between = world.recommend(profile_id="anna", text="something for tea", limit=24)
    Event.objects.filter(profile=world.profile("anna"), item=world.item("guitar-red")).delete()
    after = world.recommend(profile_id="anna", text="something for tea", limit=24)
    assert [(i.item_id, i.score) for i in before.items] == [(i.item_id, i.score) for i in after.items]
    assert [(i.item_id, i.score) for i in before.items] != [(i.item_id, i.score) for i in between.items]


def test_without_consent_nothing_of_the_profile_counts(world: World) -> None:
    profile = world.profile("anna")
    profile.personalise = False
    profile.save()
    answer = world.recommend(profile_id="anna", limit=3)
    assert answer.basis.popular
    assert "consent" in answer.basis.missing[0]


@pytest.mark.parametrize("kind", ["purchase", "dislike"])
def test_what_is_used_up_or_disliked_does_not_come_back(world: World, kind: str) -> None:
    world.does("ben", "tent-black", kind=kind)
    ids = world.ids(profile_id="ben", limit=24)
    assert "tent-black" not in ids
    assert len(ids) == 23


def test_an_impression_takes_nothing_away(world: World) -> None:
    world.does("ben", "tent-black", kind="impression")
    assert "tent-black" in world.ids(profile_id="ben", limit=24)


def test_a_session_is_served_like_a_profile(world: World) -> None:
    from users.rows import EventRow
    from users.services import save_events

    save_events(world.catalog.pk, [EventRow(session_id="s1", item_id="teapot-green", kind="click")])
    answer = world.recommend(session_id="s1", exclude=["teapot-green"], limit=2)
    assert answer.basis.events == 1
    assert "teapot-red" in shown(answer)


def test_unknown_items_of_a_history_are_named(world: World) -> None:
    answer = world.recommend(history=["teapot-green", "no-such-thing"], limit=2)
    assert answer.basis.missing == ["item 'no-such-thing' of the history is unknown"]


def test_among_ranks_only_these_and_exclude_wins(world: World) -> None:
    among = ["suit-red", "guitar-red", "teapot-red", "unknown"]
    assert set(world.ids(text="tea", among=among, exclude=["suit-red"])) == {"guitar-red", "teapot-red"}


def test_shares_add_up_to_the_score(world: World) -> None:
    answer = world.recommend(profile_id="anna", text="tea in the afternoon", limit=24, explain=True)
    for item in answer.items:
        assert item.explanation is not None
        total = sum(source.share for source in item.explanation.sources)
        assert math.isclose(total, item.score, rel_tol=1e-4, abs_tol=1e-4)


def test_an_explanation_names_words_and_the_nearest_of_the_history(world: World) -> None:
    answer = world.recommend(text="a teapot please", history=["teapot-green"], explain=True, limit=24)
    first = next(item for item in answer.items if item.item_id == "teapot-red").explanation
    assert first is not None
    assert first.words == ["teapot"]
    assert first.history[0].item_id == "teapot-green"
    assert "teapot" in first.sentence


def test_reasons_speak_the_language_of_the_sentence(world: World) -> None:
    chinese = world.recommend(text="帐篷 tent", limit=1, explain=True).items[0]
    english = world.recommend(text="tent", limit=1, explain=True).items[0]
    assert chinese.explanation is not None
    assert english.explanation is not None
    assert chinese.explanation.sentence.startswith("推荐理由")
    assert english.explanation.sentence.startswith("Recommended because")


def test_an_answer_is_on_record(world: World) -> None:
    answer = world.recommend(profile_id="anna", text="tea", limit=3)
    row = Recommendation.objects.get(pk=answer.recommendation_id)
    assert row.profile_id == world.profile("anna").pk
    assert row.item_ids == [world.item(one).pk for one in shown(answer)]
    assert row.request == {"text": "tea", "limit": 3}
    assert len(row.columns["similarity.cos"]) == 3
    assert row.timings["candidates"] > 0


def test_nobody_is_named_in_an_answer_that_is_not_theirs(world: World) -> None:
    Profile.objects.filter(external_id="anna").update(personalise=False)
    for person in ("anna", "nobody"):
        answer = world.recommend(profile_id=person, limit=3)
        row = Recommendation.objects.get(pk=answer.recommendation_id)
        assert row.profile_id is None
        assert person not in str(row.request)


def test_an_item_is_not_like_itself(world: World) -> None:
    answer = world.recommend(history=["teapot-green", "teapot-red"], limit=24, explain=True)
    green = next(item for item in answer.items if item.item_id == "teapot-green").explanation
    assert green is not None
    assert [near.item_id for near in green.history] == ["teapot-red"]


def test_an_unknown_pipeline_is_named(world: World) -> None:
    with pytest.raises(PipelineNotFoundError, match="'nightly'"):
        world.recommend(pipeline="nightly")


def test_unavailable_and_expired_items_are_not_shown(world: World) -> None:
    Item.objects.filter(pk=world.item("tent-black").pk).update(available=False)
    Item.objects.filter(pk=world.item("tent-blue").pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    ids = world.ids(text="a tent", limit=24)
    assert "tent-black" not in ids
    assert "tent-blue" not in ids
    assert len(ids) == 22


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(data=st.data())
def test_a_list_is_short_only_where_the_catalog_is(world: World, data: st.DataObject) -> None:
    every = [f"{topic}-{colour}" for topic in TOPICS for colour in COLOURS]
    some = st.lists(st.sampled_from(every), max_size=24, unique=True)
    exclude = data.draw(some, label="exclude")
    among = data.draw(st.none() | some, label="among")
    topics = data.draw(st.lists(st.sampled_from(list(TOPICS)), max_size=2, unique=True), label="categories")
    most = data.draw(st.none() | st.sampled_from([5.0, 20.0, 35.0, 100.0]), label="price")
    limit = data.draw(st.integers(1, 30), label="limit")
    text = data.draw(st.sampled_from(["", "a tent", "茶", "?!"]), label="text")
    history = data.draw(some, label="history")
    answer = world.ids(
        text=text,
        history=history,
        exclude=exclude,
        among=among,
        limit=limit,
        filter={"categories_any": topics, "price_maximum": most},
    )
    eligible = {
        one
        for one in every
        if one not in exclude
        and (among is None or one in among)
        and (not topics or one.split("-")[0] in topics)
        and (most is None or world.item(one).price <= most)  # type: ignore[operator]  # every item here has a price
    }
    assert len(answer) == len(set(answer)) == min(limit, len(eligible))
    assert set(answer) <= eligible
