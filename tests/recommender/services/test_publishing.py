from __future__ import annotations

import pytest

from catalog.models import Catalog
from recommender.exceptions import NotPublishableError, RevisionStaleError
from recommender.models import Configuration, Pipeline, Placement, PlacementRule, Stage
from recommender.selectors.drafts import draft_differs, live_state, waiting, with_states
from recommender.services.pipelines import save_configuration, save_pipeline
from recommender.services.placements import save_placement
from recommender.services.publishing import discard_draft, publish_draft, reasons_against, restore_draft
from recommender.services.revisions import hold

pytestmark = pytest.mark.django_db


def configuration(catalog: Catalog, kind: str, plugin: str) -> Configuration:
    return Configuration.objects.create(catalog=catalog, kind=kind, plugin=plugin, slug=plugin, title=plugin.title())


@pytest.fixture
def books(db: None) -> Catalog:
    return Catalog.objects.create(slug="books", name="Books")


@pytest.fixture
def boost(books: Catalog) -> Configuration:
    return configuration(books, "rule", "boost")


@pytest.fixture
def home(books: Catalog, boost: Configuration) -> Pipeline:
    parts = [configuration(books, "retriever", "popular"), configuration(books, "fusion_strategy", "reciprocal-rank")]
    stages = [Stage(configuration=one, position=place) for place, one in enumerate([*parts, boost])]
    return save_pipeline(Pipeline(catalog=books, slug="home", title="Home"), stages)


@pytest.fixture
def front(books: Catalog, boost: Configuration) -> Placement:
    placement = Placement(catalog=books, slug="front", title="Front")
    return save_placement(placement, [PlacementRule(configuration=boost)], publishing=False)


def test_what_lacks_a_stage_is_refused_with_the_reason(home: Pipeline) -> None:
    fusion = home.stages.get(configuration__kind="fusion_strategy")
    save_pipeline(home, removed=[fusion], publishing=False)
    with pytest.raises(NotPublishableError, match="no fusion strategy") as refused:
        publish_draft(home)
    assert list(refused.value.reasons) == reasons_against(home)
    discard_draft(home)
    assert reasons_against(home) == []


def test_what_was_never_published_cannot_be_discarded(front: Placement) -> None:
    with pytest.raises(RevisionStaleError, match="what was published"):
        discard_draft(front)
    assert publish_draft(front).version == 1


def test_a_shared_configuration_waits_wherever_it_is_used(
    home: Pipeline, front: Placement, boost: Configuration
) -> None:
    publish_draft(front)
    assert waiting(boost) == []
    first = home.revisions.get()
    boost.settings = {"strength": 2.0}
    save_configuration(boost, publishing=False)
    assert waiting(boost) == [home, front]
    publish_draft(home)
    assert waiting(boost) == [front]
    restore_draft(first)
    assert waiting(boost) == [home]
    states = with_states(Placement.objects.all()).get()
    assert (draft_differs(states), live_state(states)) == (False, front.revisions.get(version=1).snapshot)


def test_what_answers_is_held_once_and_under_its_own_version(home: Pipeline) -> None:
    home.revisions.all().delete()
    for _ in range(2):
        hold(Pipeline.objects.all())
    home.refresh_from_db()
    assert home.revisions.get().version == home.version
