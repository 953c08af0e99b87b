"""An item that relations lifted says the path; whole answers of a pipeline with the graph in it."""

from __future__ import annotations

import pytest

from catalog.rows import RelationRow
from catalog.services import save_relations
from recommender.models import Configuration, Pipeline, Stage
from recommender.services.pipelines import save_configuration, save_pipeline
from tests.worlds import World


@pytest.fixture
def related(world: World) -> World:
    """A world whose default pipeline finds and scores related items."""
    edges: list[tuple[str, str, str | None, str | None]] = [
        ("made_by", "guitar-red", None, "Ada Moss"),
        ("made_by", "teapot-blue", None, "Ada Moss"),
        ("goes_with", "tent-white", "teapot-grey", None),
        ("goes_with", "suit-grey", "teapot-grey", None),
    ]
    save_relations(
        world.catalog.pk,
        [RelationRow(head_item_id=h, relation=r, tail_item_id=t, tail_name=n) for r, h, t, n in edges],
    )
    pipeline = Pipeline.objects.get(catalog=world.catalog, is_default=True)
    stages = [
        Stage(
            configuration=Configuration.objects.create(
                catalog=world.catalog, kind=kind, slug="graph", plugin="graph", title="Related"
            ),
            position=75,
        )
        for kind in ("retriever", "ranker")
    ]
    save_pipeline(pipeline, stages)
    fusion = Configuration.objects.get(catalog=world.catalog, slug="linear")
    fusion.settings = {"columns": {"graph.graph": 3.0}}
    save_configuration(fusion)
    return world


def reasons(world: World, item: str, **request: object) -> list[str]:
    """What is said of one item of an answer."""
    answer = world.recommend(**request)
    assert not answer.degraded, answer.left_out
    return next(one.reasons for one in answer.items if one.item_id == item)


def test_a_related_item_comes_first_and_says_why(related: World) -> None:
    answer = related.recommend(history=["guitar-red"], exclude=["guitar-red"])
    assert answer.items[0].item_id == "teapot-blue"
    assert "same maker as “Red guitar” (Ada Moss)" in answer.items[0].reasons


def test_the_item_in_between_is_named(related: World) -> None:
    assert "it goes with “Grey teapot”, like “White tent”" in reasons(related, "suit-grey", history=["tent-white"])


def test_in_chinese_too(related: World) -> None:
    said = reasons(related, "teapot-blue", history=["guitar-red"], language="zh")
    assert "与「Red guitar」同一制造商（Ada Moss）" in said


def test_a_name_that_was_said(related: World) -> None:
    assert "maker: Ada Moss, which you named" in reasons(related, "teapot-blue", text="anything from Ada Moss")


def test_items_ranked_whole_know_their_relations_too(related: World) -> None:
    answer = related.recommend(history=["guitar-red"], among=["teapot-blue", "suit-red", "tent-red"], explain=True)
    assert answer.items[0].item_id == "teapot-blue"
    explanation = answer.items[0].explanation
    assert explanation is not None
    assert "same maker as “Red guitar”" in explanation.sentence
    assert any(source.source == "graph.graph" and source.share > 0 for source in explanation.sources)
