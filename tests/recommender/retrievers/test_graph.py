"""Items that share relations with what a person chose or named."""

from __future__ import annotations

import pytest

from catalog.rows import RelationRow
from catalog.services import save_relations
from recommender.retrievers.graph import GraphRetriever, GraphSettings
from tests.recommender.retrievers.asking import found
from tests.worlds import World

RETRIEVER = GraphRetriever(GraphSettings())


@pytest.fixture
def related(world: World) -> World:
    """Ada made a guitar, a tent and a teapot, Bo two suits; two tents go with the grey teapot."""
    rows = [
        *(("made_by", one, None, "Ada Moss") for one in ("guitar-red", "tent-grey", "teapot-blue")),
        *(("made_by", one, None, "Bo") for one in ("suit-red", "suit-blue")),
        *(("goes_with", one, "teapot-grey", None) for one in ("tent-white", "tent-green")),
    ]
    save_relations(
        world.catalog.pk,
        [
            RelationRow(head_item_id=head, relation=relation, tail_item_id=tail, tail_name=name)
            for relation, head, tail, name in rows
        ],
    )
    return world


def test_it_finds_what_shares_a_maker_with_the_history(related: World) -> None:
    assert set(found(RETRIEVER, related, history=["guitar-red"])) == {"tent-grey", "teapot-blue"}


def test_one_step_counts_more_than_two(related: World) -> None:
    assert found(RETRIEVER, related, history=["tent-white"]) == ["teapot-grey", "tent-green"]


def test_a_name_in_the_sentence_leads_there(related: World) -> None:
    by_name = found(RETRIEVER, related, text="something by Ada Moss")
    assert set(by_name[:3]) == {"guitar-red", "tent-grey", "teapot-blue"}


def test_a_relation_can_be_left_out(related: World) -> None:
    without = GraphRetriever(GraphSettings(relations={"made_by": 0.0}))
    assert found(without, related, history=["guitar-red", "tent-white"]) == ["teapot-grey", "tent-green"]


def test_the_request_s_conditions_hold(related: World) -> None:
    assert found(RETRIEVER, related, history=["guitar-red"], exclude=["tent-grey"]) == ["teapot-blue"]


def test_without_relations_it_finds_nothing(related: World) -> None:
    assert found(RETRIEVER, related, history=["tent-blue"]) == []
    assert found(RETRIEVER, related) == []
