from __future__ import annotations

from typing import Any

import pytest

from recommender.exceptions import CaseOfNobodyError
from recommender.models import Configuration, Pipeline, Placement, Recommendation, SavedCase
from recommender.schemas import RecommendRequest
from recommender.services.cases import CaseChange, Subject, changes, concerned, request_of, save_case
from recommender.services.pipelines import save_configuration
from recommender.services.placements import save_placement
from tests.worlds import World
from users.services import delete_profile


def kept(world: World, name: str, **request: Any) -> SavedCase:
    return save_case(world.catalog, name, RecommendRequest.model_validate(request))


def default(world: World) -> Pipeline:
    return Pipeline.objects.get(catalog=world.catalog, is_default=True)


def names(subject: Subject) -> list[str]:
    return [case.name for case in concerned(subject, SavedCase.objects.all())]


def change(subject: Subject) -> CaseChange:
    (only,) = changes(subject, concerned(subject, SavedCase.objects.all()))
    return only


def test_a_case_asks_what_was_saved(world: World) -> None:
    asked = {"profile_id": "anna", "text": "一顶帐篷", "history": ["suit-red"], "limit": 7, "explain": True}
    case = kept(world, "Anna", **asked)
    assert case.request == {"text": "一顶帐篷", "history": ["suit-red"], "limit": 7}
    assert request_of(case) == RecommendRequest.model_validate({**asked, "explain": False})


def test_who_is_erased_takes_the_case_along(world: World) -> None:
    kept(world, "Anna", profile_id="anna")
    kept(world, "Nobody", text="a tent")
    delete_profile(world.catalog.pk, "anna")
    assert list(SavedCase.objects.values_list("name", flat=True)) == ["Nobody"]


def test_a_case_is_of_somebody_who_exists(world: World) -> None:
    with pytest.raises(CaseOfNobodyError, match="'zoe'"):
        kept(world, "Zoe", profile_id="zoe")


def test_a_pipeline_is_asked_what_it_answers(world: World) -> None:
    mail = Pipeline.objects.create(catalog=world.catalog, slug="mail", title="Mail")
    save_placement(Placement(catalog=world.catalog, slug="home", title="Home"))
    save_placement(Placement(catalog=world.catalog, slug="letter", title="Letter", pipeline=mail))
    kept(world, "any", text="a tent")
    kept(world, "mail", pipeline="mail")
    kept(world, "default", pipeline="default")
    kept(world, "home", placement="home")
    kept(world, "letter", placement="letter")
    kept(world, "gone", placement="gone")
    assert names(default(world)) == ["any", "default", "home"]
    assert names(mail) == ["any", "letter", "mail"]
    assert names(Placement.objects.get(slug="home")) == ["home"]


def test_what_a_draft_of_a_pipeline_would_change_is_seen_before(world: World) -> None:
    kept(world, "a tent", text="a tent", limit=10)
    assert change(default(world)).difference.changed_places == 0
    linear = Configuration.objects.get(catalog=world.catalog, plugin="linear")
    linear.settings = {"text": -3.0, "popularity": 4.0}
    save_configuration(linear, publishing=False)
    seen = change(default(world))
    assert seen.published is not None
    assert seen.draft is not None
    assert seen.published.ids == world.ids(text="a tent", limit=10)
    assert seen.difference.changed_places > 0
    save_configuration(linear)
    assert seen.draft.ids == world.ids(text="a tent", limit=10)
    assert Recommendation.objects.count() == 2, "what is compared is not recorded"


def test_what_a_draft_of_a_placement_would_change_is_seen_before(world: World) -> None:
    home = save_placement(Placement(catalog=world.catalog, slug="home", title="Home"))
    kept(world, "at home", placement="home", text="a tent", limit=5)
    home.filter = {"categories_any": ["suit"]}
    save_placement(home, publishing=False)
    seen = change(home)
    assert (seen.difference.overlap, seen.difference.changed_places) == (0, 5)


def test_a_placement_that_was_never_published_shows_nothing_yet(world: World) -> None:
    home = Placement.objects.create(catalog=world.catalog, slug="home", title="Home")
    kept(world, "at home", placement="home", limit=5)
    seen = change(home)
    assert seen.published is None
    assert seen.difference.changed_places == 5


def test_a_case_that_cannot_be_asked_any_more_says_why(world: World) -> None:
    case = kept(world, "odd", text="a tent")
    SavedCase.objects.filter(pk=case.pk).update(request={"text": "a tent", "mood": "good"})
    assert "mood" in change(default(world)).problem
