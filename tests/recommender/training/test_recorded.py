"""Answers are read with what was chosen of them, and asked again as they were asked then."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recommender.models import Pipeline, Recommendation
from recommender.plugins.training import TooLittleDataError
from recommender.schemas import Recommendations
from recommender.training.recorded import judged_by_clicks, read_recorded, replayed
from tests.worlds import TOPICS, World, make_world
from users.models import Profile
from users.rows import EventRow
from users.services import save_events

pytestmark = pytest.mark.django_db(transaction=True)
VISITORS = 60


@pytest.fixture
def shop() -> World:
    return make_world()


def chosen(world: World, answer: Recommendations, places: list[int], **who: Any) -> None:
    """The person likes what stands at these places of the answer."""
    rows = [
        EventRow(item_id=answer.items[place].item_id, kind="like", recommendation_id=answer.recommendation_id, **who)
        for place in places
    ]
    assert set(save_events(world.catalog.pk, rows)) == {"stored"}


def visited(world: World) -> None:
    """Visitors write a sentence and like what they see, more often what stands at the top."""
    rng = np.random.default_rng(0)
    words = list(TOPICS.values())
    for number in range(VISITORS):
        session = f"visitor-{number}"
        answer = world.recommend(text=words[number % len(words)], session_id=session, limit=10)
        chosen(world, answer, np.flatnonzero(rng.random(10) < np.linspace(0.9, 0.3, 10)).tolist(), session_id=session)


def default(world: World) -> Pipeline:
    return Pipeline.objects.get(catalog=world.catalog, is_default=True)


def test_the_places_that_were_chosen_are_marked(shop: World) -> None:
    answer = shop.recommend(profile_id="anna", limit=5)
    chosen(shop, answer, [0, 3], profile_id="anna")
    shop.recommend(profile_id="ben", limit=3)
    log = read_recorded(shop.catalog).log  # the newest answer first
    assert log.items.shape == (2, 5)
    assert log.items[0, 3:].tolist() == [-1, -1]
    assert log.items[1].tolist() == [shop.item(one.item_id).pk for one in answer.items]
    assert log.clicked.tolist() == [[False] * 5, [True, False, False, True, False]]
    assert len(set(log.people.tolist())) == 2


def test_who_does_not_want_to_be_learned_from_is_left_out(shop: World) -> None:
    shop.recommend(profile_id="anna")
    shop.recommend(profile_id="ben")
    Profile.objects.filter(external_id="anna").update(learn=False)
    Profile.objects.filter(external_id="ben").update(is_test=True)
    assert len(read_recorded(shop.catalog).log) == 0
    shop.recommend(text="a tent", session_id="somebody")
    assert len(read_recorded(shop.catalog).log) == 1


def test_a_request_is_asked_again_without_what_came_later(shop: World) -> None:
    visited(shop)
    anna = shop.recommend(profile_id="anna", limit=4)
    chosen(shop, anna, [0, 1, 2], profile_id="anna")
    recorded = read_recorded(shop.catalog)
    again = recorded.requests[0]
    assert [event.item_id for event in again.history_items()] == ["tent-black", "tent-blue"]
    assert (again.profile_id, again.text, again.limit) == (None, "camping in the mountains", 4)
    lists = replayed(recorded, default(shop))
    same = np.mean([set(row) == set(log) for row, log in zip(lists[1:], recorded.log.items[1:], strict=True)])
    assert same > 0.9
    assert lists[0, :4].tolist() == [shop.item(one.item_id).pk for one in anna.items]


def test_the_pipeline_that_answered_is_worth_what_was_clicked(shop: World) -> None:
    visited(shop)
    told = judged_by_clicks(default(shop))
    assert told.answers == VISITORS
    assert told.covered > 0.9
    assert told.doubly_robust.value == pytest.approx(told.recorded.value, rel=0.1)
    assert told.word == "even"


def test_what_is_missing_is_said(shop: World) -> None:
    with pytest.raises(TooLittleDataError, match="No answers are on record"):
        judged_by_clicks(default(shop))
    chosen(shop, shop.recommend(profile_id="ben"), [0], profile_id="ben")
    with pytest.raises(TooLittleDataError, match="1 clicks on 1 recorded answers, 200 are needed"):
        judged_by_clicks(default(shop))
    assert Recommendation.objects.count() == 1
