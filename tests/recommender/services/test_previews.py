from __future__ import annotations

from typing import Any

import pytest

from recommender.exceptions import OverrideNotAllowedError, PlacementBrokenError, PlacementNotFoundError
from recommender.models import Configuration, Pipeline, Placement, PlacementRule, Recommendation
from recommender.schemas import RecommendRequest
from recommender.selectors.state import state
from recommender.services.pipelines import save_configuration
from recommender.services.placements import save_placement
from recommender.services.previews import Difference, Preview, draft_assembly, preview
from recommender.serving.assembly import assembly
from tests.worlds import World


def asked(world: World, draft: bool = False, **request: Any) -> Preview:
    return preview(world.catalog.pk, RecommendRequest.model_validate(request), draft=draft)


@pytest.fixture
def home(world: World) -> Placement:
    """A placement whose rule pins the red teapot first."""
    pin = Configuration.objects.create(
        catalog=world.catalog, kind="rule", slug="pin", plugin="pin", title="Pin", settings={"items": ["teapot-red"]}
    )
    placement = Placement(catalog=world.catalog, slug="home", title="Home")
    return save_placement(placement, [PlacementRule(configuration=pin, position=1)])


def test_what_is_looked_at_is_not_recorded(world: World) -> None:
    shown = asked(world, text="a tent", limit=5)
    assert len(shown.ids) == 5
    assert shown.items[0].explanation is not None
    assert not Recommendation.objects.exists()
    assert shown.ids == world.ids(text="a tent", limit=5)


def test_a_draft_is_looked_at_before_it_answers(world: World) -> None:
    linear = Configuration.objects.get(catalog=world.catalog, plugin="linear")
    before = asked(world, text="a tent", limit=5)
    linear.settings = {"text": 0.0, "popularity": 4.0}
    save_configuration(linear, publishing=False)
    draft = asked(world, draft=True, text="a tent", limit=5)
    assert [one.score for one in draft.items] != [one.score for one in before.items]
    assert asked(world, text="a tent", limit=5).told == before.told
    save_configuration(linear)
    assert asked(world, text="a tent", limit=5).told == draft.told


def test_a_draft_is_made_of_what_runs_but_for_what_differs(world: World) -> None:
    linear = Configuration.objects.get(catalog=world.catalog, plugin="linear")
    linear.settings = {"text": 0.0}
    save_configuration(linear, publishing=False)
    Pipeline.objects.filter(catalog=world.catalog).update(budget_ms=777)
    now = state(world.catalog.pk)
    runs, draft = assembly(now), draft_assembly(now)
    assert [one.plugin for one in draft.rankers] == [one.plugin for one in runs.rankers]
    assert draft.fusion is not runs.fusion
    assert (runs.budget_ms, draft.budget_ms) == (1000, 777)


def test_the_draft_of_a_placement_has_its_rules_and_filter(world: World, home: Placement) -> None:
    assert asked(world, placement="home", text="a tent", limit=5).ids[0] == "teapot-red"
    home.rules.all().delete()
    home.filter = {"categories_any": ["suit"]}
    save_placement(home, publishing=False)
    assert asked(world, placement="home", text="a tent", limit=5).ids[0] == "teapot-red"
    drafted = asked(world, draft=True, placement="home", text="a tent", limit=5)
    assert {one.split("-")[0] for one in drafted.ids} == {"suit"}


def test_a_placement_can_be_looked_at_before_it_is_ever_published(world: World) -> None:
    mail = Pipeline.objects.create(catalog=world.catalog, slug="mail", title="Mail")
    Placement.objects.create(catalog=world.catalog, slug="new", title="New", pipeline=mail)
    with pytest.raises(PlacementNotFoundError):
        asked(world, placement="new")
    Placement.objects.filter(slug="new").update(pipeline=None)
    assert len(asked(world, draft=True, placement="new", limit=3).ids) == 3


def test_what_a_draft_of_a_placement_refuses_is_said(world: World, home: Placement) -> None:
    with pytest.raises(OverrideNotAllowedError, match="'home'"):
        asked(world, draft=True, placement="home", filter={"price_maximum": 20})
    with pytest.raises(PlacementNotFoundError, match="'nowhere'"):
        asked(world, draft=True, placement="nowhere")
    Placement.objects.filter(pk=home.pk).update(filter={"colour": "red"})
    with pytest.raises(PlacementBrokenError, match="colour"):
        asked(world, draft=True, placement="home")


@pytest.mark.parametrize(
    ("before", "after", "moved", "places", "overlap"),
    [
        ("abc", "abc", {"a": 0, "b": 0, "c": 0}, 0, 3),
        ("abc", "cab", {"c": 2, "a": -1, "b": -1}, 3, 3),
        ("abc", "abd", {"a": 0, "b": 0, "d": None}, 1, 2),
        ("abc", "a", {"a": 0}, 2, 1),
        ("", "ab", {"a": None, "b": None}, 2, 0),
        ("abcdefghijk", "kabcdefghij", {"k": 10, **dict.fromkeys("abcdefghij", -1)}, 11, 9),
    ],
)
def test_two_lists_differ_by_places(
    before: str, after: str, moved: dict[str, int | None], places: int, overlap: int
) -> None:
    difference = Difference(list(before), list(after))
    assert difference.moved == moved
    assert difference.changed_places == places
    assert difference.overlap == overlap
