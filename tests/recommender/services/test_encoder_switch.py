"""Another encoder in the drafts of all pipelines that have the old one; nothing acts before it is published."""

from __future__ import annotations

import pytest

from recommender.models import Configuration, Pipeline, Stage
from recommender.selectors.state import state
from recommender.services.encoder_switch import pipelines_with, reasons_against, switch_encoder
from recommender.services.pipelines import publish_pipeline
from tests.worlds import World


@pytest.fixture
def old(world: World) -> Configuration:
    return Configuration.objects.get(catalog=world.catalog, kind="encoder")


@pytest.fixture
def new(world: World) -> Configuration:
    return Configuration.objects.create(
        catalog=world.catalog, kind="encoder", plugin="hashing", slug="small", title="Small", settings={"dimension": 32}
    )


def test_every_draft_that_has_the_encoder_is_changed(world: World, old: Configuration, new: Configuration) -> None:
    pipelines = list(pipelines_with(old))
    assert pipelines
    assert reasons_against(old, new) == []
    assert switch_encoder(old, new) == pipelines
    assert list(pipelines_with(new)) == pipelines
    assert not pipelines_with(old).exists()
    assert switch_encoder(old, new) == []


def test_it_acts_once_it_is_published(world: World, old: Configuration, new: Configuration) -> None:
    default = Pipeline.objects.get(catalog=world.catalog, is_default=True)
    before = state(world.catalog.pk).pipeline_version
    switch_encoder(old, new)
    assert state(world.catalog.pk).pipeline_version == before
    default.refresh_from_db()
    publish_pipeline(default)
    assert state(world.catalog.pk).pipeline_version == before + 1


def test_a_pipeline_that_has_both_is_refused(world: World, old: Configuration, new: Configuration) -> None:
    default = Pipeline.objects.get(catalog=world.catalog, is_default=True)
    Stage.objects.create(pipeline=default, configuration=new, position=99)
    (reason,) = reasons_against(old, new)
    assert "is in it already" in reason


def test_an_encoder_that_cannot_be_used_is_refused(world: World, old: Configuration, new: Configuration) -> None:
    Configuration.objects.filter(pk=new.pk).update(plugin="nowhere")
    new.refresh_from_db()
    assert any("cannot run" in reason for reason in reasons_against(old, new))
