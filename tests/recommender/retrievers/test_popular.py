"""What everybody chooses."""

from __future__ import annotations

from recommender.retrievers.popular import PopularRetriever, PopularSettings
from tests.recommender.retrievers.asking import found
from tests.worlds import World


def test_the_most_chosen_come_first_and_the_never_chosen_not_at_all(world: World) -> None:
    ids = found(PopularRetriever(PopularSettings()), world)
    assert set(ids[:2]) == {"tent-black", "tent-blue"}
    assert set(ids) == {"tent-black", "tent-blue", "tent-red", "teapot-green", "teapot-red"}


def test_filters_hold_and_k_grows_with_the_limit(world: World) -> None:
    retriever = PopularRetriever(PopularSettings(k=1))
    assert len(found(retriever, world, limit=1)) == 1
    assert len(found(retriever, world, limit=4)) == 4
    assert set(found(retriever, world, limit=4, filter={"categories_any": ["teapot"]})) == {
        "teapot-green",
        "teapot-red",
    }
