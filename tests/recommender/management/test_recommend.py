"""`manage.py recommend`: many queries through the pipeline of the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from recommender.models import Recommendation
from tests.worlds import World, make_world


@pytest.fixture
def world(transactional_db: None) -> World:
    """Committed, since the command answers in threads with connections of their own."""
    return make_world()


def answers(world: World, folder: Path, *queries: Any) -> list[dict[str, Any]]:
    asked, out = folder / "queries.jsonl", folder / "lists.jsonl"
    asked.write_text("".join(json.dumps(query) + "\n" for query in queries), encoding="utf-8")
    call_command("recommend", catalog=world.catalog.slug, queries=asked, out=out)
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_every_query_is_answered_as_the_api_answers_it(world: World, tmp_path: Path) -> None:
    asked: list[dict[str, Any]] = [
        {"text": "a guitar for songs", "limit": 5},
        {"history": ["tent-red", {"item_id": "tent-blue", "kind": "like"}], "limit": 6, "exclude": ["tent-black"]},
        {"profile_id": "anna", "limit": 24},
        {"limit": 3, "among": ["suit-red", "guitar-red"]},
    ]
    found = answers(world, tmp_path, *({"query_id": number, **query} for number, query in enumerate(asked)))
    assert [line["query_id"] for line in found] == [0, 1, 2, 3]
    for line, query in zip(found, asked, strict=True):
        answer = world.recommend(**query)
        assert line["item_ids"] == [item.item_id for item in answer.items]
        assert line["scores"] == pytest.approx([item.score for item in answer.items])


def test_more_than_a_batch_comes_back_in_order_and_unrecorded(world: World, tmp_path: Path) -> None:
    found = answers(world, tmp_path, *({"query_id": f"q{number}", "limit": 1} for number in range(300)))
    assert [line["query_id"] for line in found] == [f"q{number}" for number in range(300)]
    assert not Recommendation.objects.exists()


@pytest.mark.parametrize(
    ("line", "told"),
    [("{", "line 2 is not JSON"), ('{"limit": 1}', "line 2: query_id"), ('{"query_id": 1, "limit": 0}', "limit")],
)
def test_a_wrong_line_is_named_and_nothing_half_written(world: World, tmp_path: Path, line: str, told: str) -> None:
    asked, out = tmp_path / "queries.jsonl", tmp_path / "lists.jsonl"
    asked.write_text(f'{{"query_id": 0}}\n{line}\n', encoding="utf-8")
    with pytest.raises(CommandError, match=told):
        call_command("recommend", catalog=world.catalog.slug, queries=asked, out=out)
    assert {path.name for path in tmp_path.iterdir()} == {"queries.jsonl"}


def test_an_unknown_catalog_is_named(world: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no catalog 'nowhere'\. Catalogs: shop"):
        call_command("recommend", catalog="nowhere", queries=tmp_path / "q", out=tmp_path / "o")
