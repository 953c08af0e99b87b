from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Catalog
from recommender.exceptions import RevisionStaleError
from recommender.models import Configuration, Pipeline, Placement, PlacementRule, Revision, Stage
from recommender.selectors.revisions import current_state, published, unpublished_changes
from recommender.services.pipelines import save_configuration, save_pipeline
from recommender.services.placements import save_placement
from recommender.services.revisions import keep, publish, restore
from recommender.serving.assembly import specifications
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(db: None) -> Catalog:
    return Catalog.objects.create(slug="books", name="Books")


def configuration(catalog: Catalog, kind: str, plugin: str, **settings: Any) -> Configuration:
    return Configuration.objects.create(
        catalog=catalog, kind=kind, plugin=plugin, slug=plugin, title=plugin.title(), settings=settings
    )


@pytest.fixture
def popular(books: Catalog) -> Configuration:
    return configuration(books, "retriever", "popular", k=5)


@pytest.fixture
def home(books: Catalog, popular: Configuration) -> Pipeline:
    return save_pipeline(Pipeline(catalog=books, slug="home", title="Home"), [Stage(configuration=popular, position=1)])


@pytest.fixture
def front(books: Catalog, home: Pipeline) -> Placement:
    pin = configuration(books, "rule", "pin", items=["a"])
    placement = Placement(catalog=books, slug="front", title="Front", pipeline=home)
    return save_placement(placement, [PlacementRule(configuration=pin, position=1)])


def settings_of(pipeline: Pipeline) -> list[dict[str, Any]]:
    return [one.settings for one in specifications(pipeline.pk)]


def test_an_edit_acts_when_it_is_published(home: Pipeline, popular: Configuration) -> None:
    popular.settings = {"k": 9}
    save_configuration(popular, publishing=False)
    home.refresh_from_db()
    assert (home.version, settings_of(home)) == (2, [{"k": 5}])
    assert unpublished_changes(home) == [{"what": "Popular (popular): k", "before": 5, "after": 9}]
    publish(home)
    assert (home.version, settings_of(home)) == (3, [{"k": 9}])
    assert unpublished_changes(home) == []


def test_every_save_is_kept_with_who_and_what(home: Pipeline, popular: Configuration) -> None:
    anna = User.objects.create(username="anna")
    home.budget_ms = 250
    save_pipeline(home, author=anna, publishing=False)
    popular.settings = {}
    save_configuration(popular, author=anna, publishing=False)
    found = list(home.revisions.order_by("number"))
    assert [one.number for one in found] == [1, 2, 3]
    assert [one.author for one in found] == [None, anna, anna]
    assert found[1].changes == [{"what": "budget ms", "before": 1000, "after": 250}]
    assert found[2].changes == [{"what": "Popular (popular): k", "before": 5, "after": None}]


def test_a_save_that_changes_nothing_is_no_revision(home: Pipeline, popular: Configuration) -> None:
    save_configuration(popular)
    save_pipeline(home)
    assert publish(home).number == 1
    assert (home.version, home.revisions.count()) == (2, 1)


def test_an_earlier_state_stands_again_with_its_settings(home: Pipeline, popular: Configuration) -> None:
    first = published(home)
    assert first is not None
    recent = configuration(home.catalog, "retriever", "recent")
    popular.settings = {"k": 7}
    save_configuration(popular)
    save_pipeline(home, [Stage(configuration=recent, position=2)], list(home.stages.all()))
    assert [one.slug for one in specifications(home.pk)] == ["recent"]
    restored = restore(first)
    assert [one.slug for one in specifications(home.pk)] == ["recent"]
    assert restored.snapshot == first.snapshot
    publish(home)
    popular.refresh_from_db()
    assert (settings_of(home), popular.settings) == ([{"k": 5}], {"k": 5})


def test_a_placement_is_restored_with_rules_and_pipeline(front: Placement, home: Pipeline) -> None:
    first = published(front)
    assert first is not None
    front.pipeline, front.filter, front.overrides = None, {"price_maximum": 5}, ["filter"]
    save_placement(front, removed=list(front.rules.all()))
    restore(first)
    front.refresh_from_db()
    assert front.pipeline_id == home.pk
    assert (front.filter, front.overrides) == ({}, [])
    assert [str(one) for one in front.rules.all()] == ["Pin"]


def test_what_was_deleted_cannot_be_restored_and_nothing_changes(front: Placement, home: Pipeline) -> None:
    first = published(front)
    assert first is not None
    rule = front.rules.get()
    front.title = "Other"
    save_placement(front, removed=[rule])
    rule.configuration.delete()
    with pytest.raises(RevisionStaleError, match="rule “Pin” was deleted"):
        restore(first)
    front.refresh_from_db()
    assert front.title == "Other"


def test_a_pipeline_that_was_never_published_answers_as_it_stands(books: Catalog, popular: Configuration) -> None:
    mail = Pipeline.objects.create(catalog=books, slug="mail")
    Stage.objects.create(pipeline=mail, configuration=popular)
    assert settings_of(mail) == [{"k": 5}]
    keep(mail)
    assert Revision.objects.get(pipeline=mail).version is None
    assert [row["slug"] for row in current_state(mail.pk, draft=True)["stages"]] == ["popular"]
