"""“Why not this item?”: what it says agrees with the list, for items that were found and for those that were not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from catalog.rows import ItemRow
from catalog.services import save_items
from recommender.exceptions import ItemNotFoundError, PipelineNotFoundError, PlacementNotFoundError
from recommender.models import Configuration, Placement, PlacementRule, Recommendation
from recommender.schemas import RecommendRequest
from recommender.selectors.state import state
from recommender.services.placements import save_placement
from recommender.services.why_not import why_not
from recommender.serving.assembly import Assembly, assembly
from recommender.why_not_schemas import WhyNot
from tests.worlds import World, item_rows

TENTS: dict[str, Any] = {"text": "a light tent for camping", "limit": 4}


def ask(world: World, item: str, plan: Assembly | None = None, **request: Any) -> WhyNot:
    return why_not(world.catalog.pk, RecommendRequest.model_validate({**TENTS, **request}), item, plan)


def by_words_alone(world: World) -> Assembly:
    """The default pipeline with no source but full-text search."""
    now = assembly(state(world.catalog.pk))
    return replace(now, retrievers=tuple(one for one in now.retrievers if one.slug == "lexical"))


@pytest.mark.parametrize(
    "request_",
    [{}, {"text": "", "profile_id": "anna"}, {"text": "", "history": ["teapot-red"]}, {"text": "tea", "limit": 24}],
)
def test_it_agrees_with_the_list_for_every_item(world: World, request_: dict[str, Any]) -> None:
    shown = world.ids(**{**TENTS, **request_})
    for row in item_rows():
        answer = ask(world, row.item_id, **request_)
        assert answer.shown == (row.item_id in shown)
        assert bool(answer.changes) is not answer.shown
        assert answer.shown is (answer.dropped_by == "")
        assert all(one.passed for one in answer.stages) is answer.shown
        if answer.shown:
            assert answer.rank == 1 + shown.index(row.item_id)


def test_an_item_that_no_source_found_is_ranked_as_if_one_had(world: World) -> None:
    answer = ask(world, "guitar-red", by_words_alone(world))
    assert answer.dropped_by == "retrieval"
    assert answer.told.startswith(
        "Found by none of the sources: lexical (6), with the number of items that each found."
    )
    assert answer.hypothetical
    assert answer.rank == answer.ranked == 7
    assert answer.score is not None
    assert answer.needed is not None
    assert answer.score < answer.needed
    assert answer.changes[0].startswith("Pin it: ")
    assert answer.changes[1].startswith("Once it comes that far: Ask for a limit of at least 7")
    assert "Its text: title, description, categories and tags have none of the words “light”, “tent”" in " ".join(
        answer.changes
    )


def test_pinned_it_is_shown_though_no_source_finds_it(world: World) -> None:
    settings = {"items": ["guitar-red"], "position": 2}
    pin = Configuration.objects.create(catalog=world.catalog, kind="rule", plugin="pin", slug="pin", settings=settings)
    home = Placement(catalog=world.catalog, slug="home", title="Home")
    save_placement(home, [PlacementRule(configuration=pin, position=0)])
    answer = ask(world, "guitar-red", by_words_alone(world), placement="home")
    assert (answer.shown, answer.rank) == (True, 2)
    assert "A rule asked for it." in [one.told for one in answer.stages]


def test_the_sources_that_found_it_are_named_with_its_place(world: World) -> None:
    found = next(one for one in ask(world, "tent-red").stages if one.stage == "retrieval")
    assert found.passed
    assert "lexical (place " in found.told
    assert "vector (place " in found.told
    few = ask(world, "guitar-red", by_words_alone(world), limit=24)
    assert "It joined because the sources found few items." in [one.told for one in few.stages]


def test_an_item_without_a_vector_waits_in_the_queue(world: World) -> None:
    save_items(world.catalog.pk, [ItemRow(item_id="kite", title="Kite", categories=["kite"])])
    answer = ask(world, "kite")
    assert not answer.shown
    waiting = [one for one in answer.changes if one.startswith("Wait for its vector in the space “hashing”")]
    assert len(waiting) == 1
    assert not any(one.startswith("Wait for its vector") for one in ask(world, "guitar-red").changes)


def test_nothing_is_recorded(world: World) -> None:
    ask(world, "guitar-red")
    assert not Recommendation.objects.exists()


def test_what_is_unknown_is_named(world: World) -> None:
    with pytest.raises(ItemNotFoundError, match="no item 'nothing' in this catalog"):
        ask(world, "nothing")
    with pytest.raises(PlacementNotFoundError, match="'nowhere'"):
        ask(world, "tent-red", placement="nowhere")
    with pytest.raises(PipelineNotFoundError, match="'nightly'"):
        ask(world, "tent-red", pipeline="nightly")


def test_nothing_in_the_list_leaves_nothing_to_compare_with(world: World) -> None:
    answer = ask(world, "tent-red", filter={"price_minimum": 10_000})
    assert answer.needed is None
    assert (answer.dropped_by, answer.rank, answer.ranked) == ("filter.price_minimum", 1, 1)
