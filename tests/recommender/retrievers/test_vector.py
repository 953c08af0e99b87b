"""Vector search: by sentence, by behaviour, by both."""

from __future__ import annotations

import pytest

from recommender.retrievers.vector import VectorRetriever, VectorSettings
from tests.recommender.retrievers.asking import asked, found
from tests.worlds import World


@pytest.mark.parametrize("whitened", [True, False])
def test_a_sentence_finds_what_it_means(world: World, whitened: bool) -> None:
    retriever = VectorRetriever(VectorSettings(whitened=whitened))
    first = found(retriever, world, text="a wooden guitar with a warm sound", limit=3)[:6]
    assert all(item.startswith("guitar") for item in first)


def test_behaviour_finds_what_is_like_it(world: World) -> None:
    first = found(VectorRetriever(VectorSettings()), world, history=["teapot-red", "teapot-blue"])[:6]
    assert all(item.startswith("teapot") for item in first)


def test_a_blend_finds_both(world: World) -> None:
    first = found(VectorRetriever(VectorSettings()), world, text="a warm guitar", history=["tent-red"])[:12]
    assert {item.split("-")[0] for item in first} >= {"guitar", "tent"}


def test_its_focus_can_be_one_of_them(world: World) -> None:
    request = {"text": "a warm wooden guitar", "history": ["tent-red"]}
    sentence = found(VectorRetriever(VectorSettings(focus="sentence")), world, **request)[0]
    behaviour = found(VectorRetriever(VectorSettings(focus="behaviour")), world, **request)[0]
    assert (sentence.split("-")[0], behaviour.split("-")[0]) == ("guitar", "tent")


def test_with_nothing_to_go_by_it_finds_nothing(world: World) -> None:
    assert found(VectorRetriever(VectorSettings()), world) == []
    assert found(VectorRetriever(VectorSettings(focus="sentence")), world, history=["tent-red"]) == []


def test_a_space_that_the_pipeline_lacks_finds_nothing(world: World) -> None:
    assert found(VectorRetriever(VectorSettings(space="pictures")), world, text="a guitar") == []


def test_it_finds_as_many_as_it_is_set_to_and_more_for_longer_lists(world: World) -> None:
    retriever = VectorRetriever(VectorSettings(k=3))
    assert len(retriever.retrieve(*asked(world, text="a guitar", limit=1))) == 3
    assert len(retriever.retrieve(*asked(world, text="a guitar", limit=5))) == 10
