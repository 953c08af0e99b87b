"""Columns are guessed by their names, and cells become values that the rows check."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.exceptions import RowError
from catalog.rows import ItemRow
from catalog.wizard.guessing import guess
from catalog.wizard.kinds import import_kind
from catalog.wizard.mapping import ATTRIBUTE, Mapping
from catalog.wizard.tables import Record

ITEMS = import_kind("items")


def guessed(kind: str, *columns: str, **cells: Any) -> dict[str, str]:
    return {
        column: target for column, target in guess(import_kind(kind), columns, [Record(2, cells)]).columns if target
    }


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("items", {"SKU": "item_id", "Product Name": "title", "Category": "categories", "Price": "price"}),
        ("items", {"item_id": "item_id", "name": "title", "Image Link": "image_url", "Brand": ATTRIBUTE}),
        (
            "items",
            {"商品编号": "item_id", "商品名称": "title", "分类": "categories", "价格": "price", "品牌": ATTRIBUTE},
        ),
        ("profiles", {"customer-id": "profile_id", "Interests": "interests", "city": ATTRIBUTE}),
        ("events", {"userId": "profile_id", "movieId": "item_id", "rating": "value", "timestamp": "occurred_at"}),
        ("relations", {"head": "head_item_id", "relation": "relation", "tail": "tail_item_id"}),
    ],
)
def test_names_are_known(kind: str, columns: dict[str, str]) -> None:
    assert guessed(kind, *columns) == columns


def test_the_likeliest_name_wins_and_strangers_are_left_out() -> None:
    assert guessed("items", "name", "id", "sku", "item_id", "title", "margin") == {
        "item_id": "item_id",
        "title": "title",
    }


@pytest.mark.parametrize(
    ("cell", "sign"), [("a|b", "|"), ("a; b", ";"), ("a, b", ","), ("a, b|c", "|"), ("a", "|"), ('["a", "b"]', "|")]
)
def test_what_separates_lists_is_seen(cell: str, sign: str) -> None:
    assert guess(ITEMS, ["id", "tags"], [Record(2, {"tags": cell})]).lists == sign


def test_the_last_import_of_the_same_columns_counts_first() -> None:
    before = Mapping((("id", "item_id"), ("label", "title"), ("margin", "")), {"language": "zh"}, ";")
    again = guess(ITEMS, ["what_is_wrong", "line_in_file", "id", "label"], [], before)
    assert dict(again.columns) == {"what_is_wrong": "", "line_in_file": "", "id": "item_id", "label": "title"}
    assert (again.fixed, again.lists) == ({"language": "zh"}, ";")
    assert dict(guess(ITEMS, ["id", "label", "new"], [], before).columns)["label"] == ""


def row(mapping: Mapping, **cells: Any) -> ItemRow:
    return ItemRow.read_loosely(mapping.values(cells))


def test_cells_become_an_item() -> None:
    mapping = Mapping(
        (("id", "item_id"), ("name", "title"), ("a", "categories"), ("b", "categories"), ("t", "tags"),
         ("brand", ATTRIBUTE), ("more", "attributes"), ("stock", "available"), ("p", "price"), ("x", "")),
        {"language": "en"},
        ";",
    )  # fmt: skip
    found = row(
        mapping, id=7, name=" Suit ", a="x; y;;", b="z", t='["a;b", 3]', brand="Larkin", more='{"year": 1999}',
        stock="否", p="12.5", x="left out",
    )  # fmt: skip
    expected = ItemRow(
        item_id="7", title="Suit", categories=["x", "y", "z"], tags=["a;b", "3"], language="en", price=12.5,
        attributes={"brand": "Larkin", "year": 1999}, available=False,
    )  # fmt: skip
    assert found == expected


def test_values_of_json_stay_as_they_are() -> None:
    mapping = Mapping(
        (("id", "item_id"), ("title", "title"), ("tags", "tags"), ("year", ATTRIBUTE), ("ok", "available"))
    )
    assert row(mapping, id="1", title="A", tags=["a", "b|c"], year=1999, ok=False) == ItemRow(
        item_id="1", title="A", tags=["a", "b|c"], attributes={"year": 1999}, available=False
    )


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"title": "A"}, "item_id"),
        ({"id": "1", "title": "A", "p": "12,50"}, "price"),
        ({"id": "1", "title": "A", "more": "brand=Larkin"}, "attributes"),
        ({"id": ["1"], "title": "A"}, "item_id"),
        ({"id": "1", "title": "A", "brand": {"deep": {"er": 1}}}, "attributes"),
    ],
)
def test_the_row_says_what_is_wrong(cells: dict[str, Any], field: str) -> None:
    mapping = Mapping(
        (("id", "item_id"), ("title", "title"), ("p", "price"), ("more", "attributes"), ("brand", ATTRIBUTE))
    )
    with pytest.raises(RowError) as raised:
        row(mapping, **cells)
    assert [problem.field for problem in raised.value.problems] == [field]


def test_what_is_missing_is_known_before_any_row() -> None:
    events = import_kind("events")
    mapping = Mapping((("who", "session_id"), ("what", "item_id")))
    assert mapping.missing(events) == [("kind",)]
    assert Mapping(mapping.columns, {"kind": "view"}).missing(events) == []
    assert Mapping((("what", "item_id"),), {"kind": "view"}).missing(events) == [("profile_id", "session_id")]
    assert Mapping.of(mapping.stored()) == mapping
