"""Whatever is uploaded is either refused with a sentence, or previewed, imported and handed back without an error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from celery import current_app
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.exceptions import FileError
from catalog.models import Catalog
from catalog.rows import ItemRow
from catalog.services import save_items
from catalog.wizard import pages, pulse, runs
from tests.catalog.wizard.files import rejected, table, upload, workbook

pytestmark = pytest.mark.django_db
COLUMNS = ("id", "title", "description", "categories", "attributes", "price", "available", "published", "brand", "=1")
WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "1", "-1", "=1+1", "'=x", "a|b", '["a", 1]', '{"a": 1}', "[", "{", "2026-03-01", "1e999", "NaN", "否"]
    ),
    st.integers().map(str),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(WORDS, st.none(), st.booleans(), st.integers(), st.floats()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ROWS = st.lists(st.lists(WORDS, max_size=len(COLUMNS) + 1), min_size=1, max_size=4)
OBJECTS = st.lists(
    st.dictionaries(st.sampled_from(COLUMNS) | st.text(max_size=4), VALUES, max_size=8), min_size=1, max_size=4
)
XML = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\x7f\ufffe\uffff"), max_size=9
)
SHEETS = st.lists(
    st.lists(st.one_of(XML, st.integers(-(10**12), 10**12), st.booleans(), st.none(), st.datetimes()), max_size=8),
    min_size=1,
    max_size=4,
)


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "BEAT_SECONDS", 3_600)  # its thread does not see what this test never commits
    monkeypatch.setattr(current_app, "send_task", lambda *_arguments, **_options: None)


def goes_well(shop: Catalog, name: str, content: bytes, kind: str = "items") -> None:
    """Through every step; the figures add up."""
    try:
        run = upload(shop, content, name, kind)
    except FileError:
        return
    page = pages.columns_page(run)
    assert page["preview"].checked >= page["preview"].bad
    for row in page["preview"].rows:
        str([(cell.text, cell.error) for cell in row.cells]).encode()
    runs.start(run)
    runs.carry_out(run)
    assert (run.status, run.message) == ("done", ""), run.message
    assert run.read == sum(run.counts.values()) + run.rejected
    assert len(rejected(run)) == (run.rejected + 1 if run.rejected else 0)


TRIES = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@TRIES
@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.jsonl", "a.xlsx", "a.txt"]))
def test_any_bytes(shop: Catalog, content: bytes, name: str) -> None:
    goes_well(shop, name, content)
    goes_well(shop, name, b"id,title\n" + content)


@TRIES
@given(ROWS, st.sampled_from(["utf-8", "utf-16", "gb18030"]), st.sampled_from([",", ";", "\t"]))
def test_any_cells_of_a_csv(shop: Catalog, rows: list[list[str]], encoding: str, separator: str) -> None:
    goes_well(shop, "a.csv", table(COLUMNS, *rows, separator=separator, encoding=encoding))


@TRIES
@given(OBJECTS)
def test_any_lines_of_json(shop: Catalog, rows: list[dict[str, Any]]) -> None:
    goes_well(shop, "a.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode())


@TRIES
@given(SHEETS)
def test_any_cells_of_excel(shop: Catalog, rows: list[list[Any]]) -> None:
    goes_well(shop, "a.xlsx", workbook(COLUMNS, *rows))


@TRIES
@given(ROWS)
def test_any_people(shop: Catalog, rows: list[list[str]]) -> None:
    goes_well(shop, "a.csv", table(("user_id", "interests", "city", "learn"), *rows), "profiles")


@TRIES
@given(
    st.lists(st.lists(WORDS | st.sampled_from(["1", "view", "anna"]), min_size=7, max_size=7), min_size=1, max_size=5)
)
def test_any_events(shop: Catalog, rows: list[list[str]]) -> None:
    save_items(shop.pk, [ItemRow(item_id="1", title="A suit")])
    columns = ("user_id", "item_id", "event", "value", "time", "position", "event_id")
    known = [["anna", "1", "view", "", "", "", ""], ["anna", "1", "view", "", "", "", "k"]]
    goes_well(shop, "a.csv", table(columns, *known, *rows, *known), "events")
