"""Paths read from Postgres, against a walk over the same edges in plain Python."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from django.db import connection

from catalog.models import Catalog, Item, Relation
from catalog.rows import RelationRow
from catalog.services import save_relations
from recommender.plugins.types import Query
from recommender.selectors import relations as module
from recommender.selectors.relations import FAN_OUT, FEWEST_ITEMS, relations, relations_beside
from tests.recommender.rules.shelf import Shelf, stocked
from tests.worlds import World

Key = tuple[int, int, str, int, str]
Found = list[tuple[Key, float]]


def ask(catalog: Catalog) -> Query:
    """A query of that catalog."""
    return Query(catalog_id=catalog.pk, limit=10, now=datetime.now(UTC))


def found(catalog: Catalog, seeds: list[int], names: list[str] | None = None) -> Found:
    """All paths as ((item, seed, relation, between, name), strength), in order."""
    paths = relations(ask(catalog), np.array(seeds, dtype=np.int64), names or [])
    keys = [
        (int(item), int(paths.seeds[w]), paths.relations[w], int(paths.betweens[w]), paths.names[w])
        for item, w in zip(paths.item_ids, paths.ways, strict=True)
    ]
    return sorted(zip(keys, paths.strengths.round(5).tolist(), strict=True))


def walked(catalog: Catalog, seeds: list[int]) -> Found:
    """The same by walking: every edge both ways, nodes with more than FAN_OUT edges of a relation left out."""
    at: dict[tuple[str, Any], list[tuple[int, float]]] = defaultdict(list)
    edges: dict[int, list[tuple[str, Any, float]]] = defaultdict(list)
    for one in Relation.objects.filter(catalog=catalog):
        node: Any = one.tail_id or one.tail_name.lower()
        at[one.relation, node].append((one.head_id, one.weight))
        edges[one.head_id].append((one.relation, node, one.weight))
        if one.tail_id:
            at[one.relation, one.head_id].append((one.tail_id, one.weight))
            edges[one.tail_id].append((one.relation, one.head_id, one.weight))
    paths: Found = []
    for seed in seeds:
        for relation, node, weight in edges[seed]:
            is_item = isinstance(node, int)
            if is_item:
                paths.append(((node, seed, relation, 0, ""), weight))
            reached = at[relation, node]
            rarity = 1 - np.log(len(reached)) / np.log(FEWEST_ITEMS)
            for item, second in reached if len(reached) <= FAN_OUT else []:
                if item != seed:
                    key = (item, seed, relation, node if is_item else 0, "" if is_item else node)
                    paths.append((key, round(0.5 * weight * second * rarity, 5)))
    return sorted(paths)


def assert_alike(some: Found, others: Found) -> None:
    """The same paths of the same strengths."""
    assert [key for key, _ in some] == [key for key, _ in others]
    np.testing.assert_allclose([value for _, value in some], [value for _, value in others], atol=1e-4)


@pytest.fixture
def shelf(db: None) -> Shelf:
    """Six items, tied by names and to each other."""
    shelf = stocked()
    rows = [
        ("a", "director", None, "ana lima", 1.0),
        ("b", "director", None, "ana lima", 0.8),
        ("c", "director", None, "bo chen", 1.0),
        ("b", "sequel_of", "a", None, 1.0),
        ("c", "sequel_of", "b", None, 0.5),
        ("d", "goes_with", "f", None, 1.0),
        ("e", "goes_with", "f", None, 1.0),
        ("d", "set_in", None, "ana lima", 1.0),
    ]
    save_relations(
        shelf.catalog.pk,
        [
            RelationRow(head_item_id=head, relation=relation, tail_item_id=tail, tail_name=name, weight=weight)
            for head, relation, tail, name, weight in rows
        ],
    )
    return shelf


def test_it_is_what_walking_finds(shelf: Shelf) -> None:
    for names in ("a", "b", "de", "abcdef"):
        seeds = [shelf.ids[name] for name in names]
        expected = walked(shelf.catalog, seeds)
        assert expected
        assert_alike(found(shelf.catalog, seeds), expected)


def test_a_random_graph_is_walked_alike(world: World) -> None:
    draw = np.random.default_rng(3)
    ids = list(Item.objects.filter(catalog=world.catalog).values_list("external_id", flat=True))
    rows = []
    for _ in range(150):
        head, tail = draw.choice(ids, 2, replace=False)
        kind = f"r{draw.integers(3)}"
        named = draw.random() < 0.5
        rows.append(
            RelationRow(
                head_item_id=str(head),
                relation=kind,
                tail_item_id=None if named else str(tail),
                tail_name=f"n{draw.integers(12)}" if named else None,
            )
        )
    save_relations(world.catalog.pk, rows)
    seeds = sorted(world.item(str(one)).pk for one in draw.choice(ids, 5, replace=False))
    assert_alike(found(world.catalog, seeds), walked(world.catalog, seeds))


def test_a_name_in_the_sentence_is_a_start_of_its_own_however_it_is_written(shelf: Shelf) -> None:
    Relation.objects.filter(tail_name="ana lima", head=shelf.ids["a"]).update(tail_name="Ana Lima")
    paths = found(shelf.catalog, [], ["ana lima", "nobody"])
    assert {(item, relation) for (item, seed, relation, _, _), _ in paths if seed == 0} == {
        (shelf.ids["a"], "director"),
        (shelf.ids["b"], "director"),
        (shelf.ids["d"], "set_in"),
    }


def test_an_item_is_followed_when_its_title_is_named(world: World) -> None:
    save_relations(
        world.catalog.pk,
        [RelationRow(head_item_id=one, relation="made_by", tail_name="Ada") for one in ("guitar-red", "tent-grey")],
    )
    query = ask(world.catalog)
    assert len(relations(query, np.empty(0, dtype=np.int64), ["red guitar", "guitar", "red"]).item_ids) == 1
    assert len(relations(query, np.empty(0, dtype=np.int64), ["guitar"]).item_ids) == 0


def test_a_node_that_everybody_has_tells_nothing(shelf: Shelf) -> None:
    many = [
        Item(catalog=shelf.catalog, external_id=f"x{n}", title=f"x{n}", text_hash="0" * 32) for n in range(FAN_OUT + 1)
    ]
    Item.objects.bulk_create(many)
    Relation.objects.bulk_create(
        Relation(catalog=shelf.catalog, head=item, relation="genre", tail_name=name)
        for name, items in (("drama", many), ("noir", many[:FAN_OUT]))
        for item in items
    )
    names = {key[4] for key, _ in found(shelf.catalog, [many[0].pk])}
    assert names == {"noir"}


def test_nothing_asked_and_nothing_known_is_nothing_found(shelf: Shelf) -> None:
    assert found(shelf.catalog, []) == []
    assert found(shelf.catalog, [10**12], ["nobody"]) == []
    nothing = np.empty(0, dtype=np.int64)
    assert len(relations_beside(shelf.ids["a"], nothing, [])) == 0
    assert len(relations_beside(10**12, np.array([shelf.ids["a"]]), [])) == 0


def test_beside_an_item_it_is_the_item_s_catalog(shelf: Shelf) -> None:
    seeds = np.array([shelf.ids["a"]])
    beside = relations_beside(shelf.ids["f"], seeds, ["ana lima"])
    np.testing.assert_array_equal(beside.item_ids, relations(ask(shelf.catalog), seeds, ["ana lima"]).item_ids)
    other = Catalog.objects.get(slug="other")
    elsewhere = Item.objects.get(catalog=other)
    assert len(relations_beside(elsewhere.pk, np.empty(0, dtype=np.int64), ["ana lima"])) == 0


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)


def test_edges_of_items_are_looked_up_in_an_index(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [Item(catalog=shelf.catalog, external_id=f"x{n}", title=f"x{n}", text_hash="0" * 32) for n in range(3_000)]
    Item.objects.bulk_create(many)
    Relation.objects.bulk_create(
        Relation(catalog=shelf.catalog, head=item, relation="part_of", tail=many[n // 3]) for n, item in enumerate(many)
    )
    asked: list[Any] = []

    def listen(sql: str, params: Any) -> list[Any]:
        asked.append((sql, params))
        return []

    monkeypatch.setattr(module, "fetch", listen)
    relations(ask(shelf.catalog), np.array([many[5].pk, many[900].pk]), [])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_relation, catalog_item")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {asked[0][0]}", asked[0][1])
        plan = cursor.fetchone()[0]
    read = list(_nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))
    assert any(one.get("Relation Name") == "catalog_relation" for one in read)
    arms = [one for one in read if one.get("Relation Name") == "catalog_relation" and "tail_name" not in str(one)]
    assert arms
    assert all(one["Node Type"] != "Seq Scan" for one in arms)
