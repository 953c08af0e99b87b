"""What others chose together with it."""

from __future__ import annotations

from recommender.retrievers.neighbours import NeighboursRetriever, NeighboursSettings
from recommender.services.refresh import refresh
from tests.recommender.retrievers.asking import found
from tests.worlds import World

RETRIEVER = NeighboursRetriever(NeighboursSettings())


def test_it_finds_what_the_same_people_chose(world: World) -> None:
    assert found(RETRIEVER, world, history=["tent-black"], exclude=["tent-black"]) == ["tent-blue", "tent-red"]


def test_a_sentence_speaks_through_its_anchors(world: World) -> None:
    by_sentence = found(RETRIEVER, world, text="a clay teapot for green tea")
    assert set(by_sentence) == {"teapot-green", "teapot-red"}


def test_a_session_is_served_too(world: World) -> None:
    from users.rows import EventRow
    from users.services import save_events

    save_events(world.catalog.pk, [EventRow(session_id="s", item_id="teapot-green", kind="click")])
    assert "teapot-red" in found(RETRIEVER, world, session_id="s")


def test_newer_events_weigh_more_with_decay(world: World) -> None:
    for person in ("hugo", "ida"):
        world.does(person, "suit-red", "suit-blue")
    refresh(world.catalog)
    decaying = NeighboursRetriever(NeighboursSettings(decay=0.1))
    assert found(decaying, world, history=["teapot-green", "suit-red"])[0] == "suit-blue"
    assert found(decaying, world, history=["suit-red", "teapot-green"])[0] == "teapot-red"


def test_without_co_events_it_finds_nothing(world: World) -> None:
    assert found(RETRIEVER, world, history=["guitar-red"]) == []
    assert found(RETRIEVER, world) == []
