"""The pipeline that learns is made beside the default one, with all that editors set."""

from __future__ import annotations

import pytest

from recommender.exceptions import PipelineNotFoundError
from recommender.models import Configuration, Pipeline, Stage
from recommender.services.learned_pipeline import FUSION, LEARNING_STAGES, learned_pipeline
from recommender.services.pipelines import problems, save_configuration
from tests.worlds import World


def slugs(pipeline: Pipeline) -> list[str]:
    """Its enabled configurations in order."""
    stages = pipeline.stages.filter(enabled=True).order_by("position")
    return list(stages.values_list("configuration__slug", flat=True))


def default(world: World) -> Pipeline:
    """The catalog's default pipeline."""
    return Pipeline.objects.get(catalog=world.catalog, is_default=True)


def test_it_holds_what_the_default_does_and_all_that_learns(world: World) -> None:
    before = slugs(default(world))
    pipeline = learned_pipeline(world.catalog)
    assert not pipeline.is_default
    kept = [slug for slug in before if slug != "linear"]
    assert slugs(pipeline) == [*kept, *(slug for _, slug, *_ in LEARNING_STAGES), FUSION]
    assert slugs(default(world)) == before
    assert problems(world.catalog, pipeline.configurations.all()) == []


def test_a_retriever_in_a_trained_space_wants_its_ranker(world: World) -> None:
    pipeline = learned_pipeline(world.catalog)
    (told,) = problems(world.catalog, pipeline.configurations.exclude(kind="ranker", slug="few-shot"))
    assert "“few-shot”, which is no stage here: add that encoder or trained ranker" in told
    assert told.endswith("(hashing, collaborative, sentence-map).")


def test_before_it_was_trained_it_answers_as_the_default(world: World) -> None:
    learned_pipeline(world.catalog)
    for request in ({"text": "a tent"}, {"profile_id": "anna"}, {"history": ["teapot-green"]}, {}):
        ours, theirs = (world.recommend(**request, pipeline=slug) for slug in ("learned", "default"))
        assert ours.left_out == {}
        assert [item.item_id for item in ours.items] == [item.item_id for item in theirs.items]
        assert [item.score for item in ours.items] == pytest.approx([item.score for item in theirs.items], abs=1e-4)


def test_what_editors_set_stays(world: World) -> None:
    Stage.objects.filter(pipeline=default(world), configuration__slug="freshness").update(enabled=False)
    rule = Configuration(catalog=world.catalog, kind="rule", plugin="diversify", slug="diverse", title="Diverse")
    save_configuration(rule)
    Stage.objects.create(pipeline=default(world), configuration=rule, position=500)
    own = {"factors": 16}
    Configuration.objects.create(
        catalog=world.catalog, kind="ranker", plugin="collaborative", slug="collaborative", title="Ours", settings=own
    )
    pipeline = learned_pipeline(world.catalog)
    assert "freshness" not in slugs(pipeline)
    assert "diverse" in slugs(pipeline)
    assert pipeline.configurations.get(slug="collaborative").settings == own


def test_made_twice_it_is_the_same(world: World) -> None:
    first = learned_pipeline(world.catalog)
    first.stages.filter(configuration__slug="text-map").delete()
    again = learned_pipeline(world.catalog)
    assert again == first
    assert "text-map" not in slugs(again)


def test_a_catalog_without_a_default_pipeline_says_so(world: World) -> None:
    Pipeline.objects.filter(catalog=world.catalog).update(is_default=False)
    with pytest.raises(PipelineNotFoundError):
        learned_pipeline(world.catalog)
