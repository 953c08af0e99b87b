"""What a row may hold; every refusal names the field, what stood there, and the way out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.exceptions import RowError
from catalog.rows import ItemRow, RelationRow

SUIT = {"item_id": "suit", "title": "A suit"}


def refusal(value: Any, row: type[ItemRow | RelationRow] = ItemRow) -> dict[str, tuple[str, str]]:
    with pytest.raises(RowError) as caught:
        row.read(value)
    return {one.field: (one.value, one.reason) for one in caught.value.problems}


def test_an_id_and_a_title_are_enough() -> None:
    row = ItemRow.read(SUIT)
    assert (row.description, row.categories, row.attributes, row.price, row.available) == ("", [], {}, None, True)


def test_moments_are_utc() -> None:
    row = ItemRow.read({**SUIT, "published_at": "2026-02-10T09:00:00+08:00", "expires_at": "2026-03-01"})
    assert row.published_at == datetime(2026, 2, 10, 1, tzinfo=UTC)
    assert row.expires_at == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("value", ["en", "zh-Hant-TW", "pt-BR", ""])
def test_language_tags(value: str) -> None:
    assert ItemRow.read({**SUIT, "language": value}).language == value
    assert ItemRow.read({**SUIT, "language": "EN-gb"}).language == "en-gb"


@pytest.mark.parametrize("value", ["a/b", "商务装", "with space", "x" * 200, "-", '"'])
def test_ids_of_other_systems_are_taken_as_they_are(value: str) -> None:
    assert ItemRow.read({**SUIT, "item_id": value}).item_id == value


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("item_id", "", "empty"),
        ("item_id", "  ", "blank"),
        ("item_id", "a\0b", "control characters"),
        ("item_id", "a\nb", "line breaks"),
        ("item_id", "x" * 201, "at most 200"),
        ("item_id", 7, "text in quotes"),
        ("title", "", "empty"),
        ("title", " \n", "blank"),
        ("title", "x" * 1001, "at most 1000"),
        ("title", "x\0", "control characters"),
        ("title", None, "text in quotes"),
        ("description", "x" * 100_001, "at most 100000"),
        ("description", "x\x1b[0m", "control characters"),
        ("description", "\ud800", "UTF-8"),
        ("price", float("nan"), "NaN"),
        ("price", float("inf"), "infinity"),
        ("price", 1e300, "at most 1e+15"),
        ("price", -0.01, "at least 0"),
        ("price", "12.5", "without quotes"),
        ("price", True, "number"),
        ("published_at", "2026-02-30", "no date and time that exists"),
        ("published_at", "yesterday", "ISO 8601"),
        ("published_at", 1767225600, "ISO 8601"),
        ("published_at", "0001-01-01T00:00:00+05:00", "years 0001-9999"),
        ("published_at", "12026-01-01", "ISO 8601"),
        ("language", "english, mostly", "such as en"),
        ("url", "javascript:alert(1)", "https://"),
        ("url", "https://a b", "no spaces"),
        ("available", "yes", "true or false"),
        ("categories", "Suits", "a list"),
        ("tags", {"a": 1}, "a list"),
        ("tags", ["x"] * 1001, "at most 1000"),
        ("attributes", ["a"], "JSON object"),
        ("attributes", {"size": {"eu": 46}}, "'size' must be"),
        ("attributes", {"size": [[46]]}, "'size' must be"),
        ("attributes", {"size": float("nan")}, "'size' is not a number"),
        ("attributes", {"ean": 10**400}, "write a long id as text"),
        ("attributes", {"a\0": 1}, "is no key"),
        ("attributes", {"note": "\0"}, "control characters"),
        ("attributes", {str(key): 1 for key in range(201)}, "more than 200 keys"),
        ("colour", "blue", "not a known field: remove it, or use one of item_id, title"),
    ],
)
def test_what_is_refused_is_named(field: str, value: Any, word: str) -> None:
    shown, reason = refusal({**SUIT, field: value})[field]
    assert word in reason
    assert 0 < len(shown) <= 80


def test_an_entry_of_a_list_is_named_by_its_place() -> None:
    assert set(refusal({**SUIT, "tags": ["a", 1, ""], "categories": ["a\tb"]})) == {
        "tags[1]",
        "categories[0]",
    }


def test_blank_categories_and_tags_are_left_out() -> None:
    row = ItemRow.read({**SUIT, "categories": [""], "tags": ["a", " ", "b"]})
    assert (row.categories, row.tags) == ([], ["a", "b"])


def test_all_wrong_fields_are_named_at_once() -> None:
    assert set(refusal({"title": 1, "price": -1, "x": 1})) == {"item_id", "title", "price", "x"}


def test_ten_megabytes_are_shown_in_eighty_characters() -> None:
    shown, reason = refusal({**SUIT, "title": "x" * 10_000_000})["title"]
    assert (len(shown), shown[-1]) == (80, "…")
    assert "10,000,000 characters; at most 1000" in reason


@pytest.mark.parametrize("value", [None, 1, "suit", ["suit"]])
def test_what_is_no_object_is_refused(value: Any) -> None:
    assert "JSON object" in refusal(value)[""][1]


def test_an_error_reads_as_a_sentence() -> None:
    with pytest.raises(RowError, match=r"^price: must be at least 0 \(got -1\)$"):
        ItemRow.read({**SUIT, "price": -1})


@pytest.mark.parametrize("tails", [{}, {"tail_item_id": "a", "tail_name": "b"}])
def test_a_relation_has_one_tail(tails: dict[str, str]) -> None:
    assert "exactly one" in refusal({"head_item_id": "a", "relation": "by", **tails}, RelationRow)["tail_item_id"][1]


def test_cells_of_a_csv_line_are_texts() -> None:
    row = RelationRow.read_texts({"head_item_id": "1", "relation": "by", "tail_name": "Lee", "weight": "0.5"})
    assert row.weight == 0.5
    with pytest.raises(RowError, match="weight: is not a number"):
        RelationRow.read_texts({"head_item_id": "1", "relation": "by", "tail_name": "Lee", "weight": "much"})
