"""CSV, JSON lines and Excel are tables of the same form."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.exceptions import FileError
from catalog.wizard import first_sheet, workbooks
from catalog.wizard.reading import Reading
from catalog.wizard.tables import Table, distinct, open_table
from tests.catalog.wizard.files import changed, json_lines, table, with_shared_texts, workbook


def opened(folder: Path, content: bytes, **options: Any) -> Table:
    path = folder / f"upload.{options['format']}"
    path.write_bytes(content)
    return open_table(path, Reading(**options))


def test_a_csv_with_another_separator(tmp_path: Path) -> None:
    content = table(["sku", "name"], ["1", "wool; dark"], ["2", 'two\n"lines"'], ["3", ""], separator=";")
    found = opened(tmp_path, content, format="csv", separator=";")
    assert found.columns == ["sku", "name"]
    assert [(one.number, one.cells) for one in found.records(None)] == [
        (2, {"sku": "1", "name": "wool; dark"}),
        (3, {"sku": "2", "name": 'two\n"lines"'}),
        (5, {"sku": "3"}),
    ]


def test_a_record_of_another_width_keeps_its_cells(tmp_path: Path) -> None:
    found = opened(tmp_path, b"sku,name\n1,wool,dark\n2\n", format="csv")
    long, short = found.records(None)
    assert "has 3 cells where the header has 2" in str(long.error)
    assert (list(long.line), list(short.line)) == (["1", "wool", "dark"], ["2"])


def test_json_lines_have_the_keys_of_their_records(tmp_path: Path) -> None:
    content = json_lines({"id": 1, "tags": ["a"]}, {"id": 2, "price": None, "名称": "装"}) + b"[1]\n\n{broken\n"
    found = opened(tmp_path, content, format="jsonl")
    assert found.columns == ["id", "tags", "名称"]
    first, second, no_object, broken = found.records(None)
    assert (first.cells, second.cells) == ({"id": 1, "tags": ["a"]}, {"id": 2, "名称": "装"})
    assert "JSON object" in str(no_object.error)
    assert (broken.number, list(broken.line)) == (5, ["{broken"])


def test_cells_of_excel_read_as_texts(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        [],
        ["sku", "price", "published", "at", "available", "gone"],
        [1.0, 12.5, date(2026, 3, 1), datetime(2026, 3, 1, 9, 30), True, None],
        [None] * 6,
        ["0007", "12,5", None, None, False],
    ]
    found = opened(tmp_path, workbook(*rows), format="xlsx")
    assert found.columns == ["sku", "price", "published", "at", "available", "gone"]
    first, last = found.records(None)
    expected = {
        "sku": "1",
        "price": "12.5",
        "published": "2026-03-01",
        "at": "2026-03-01T09:30:00",
        "available": "true",
    }
    assert (first.number, first.cells) == (3, expected)
    assert (last.number, last.cells) == (5, {"sku": "0007", "price": "12,5", "available": "false"})
    assert first.error is last.error is None


def test_texts_of_excel_are_read_as_far_as_they_are_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [[f"s{number}", f"Suit {number}"] for number in range(5_000)]
    found = opened(tmp_path, with_shared_texts(workbook(["sku", "title"], *rows)), format="xlsx")
    asked: list[int] = []
    read = first_sheet.Texts.__getitem__

    def noted(texts: first_sheet.Texts, number: int) -> str:
        asked.append(number)
        return read(texts, number)

    monkeypatch.setattr(first_sheet.Texts, "__getitem__", noted)
    records = found.records(None)
    assert [next(records).cells["title"] for _ in range(3)] == ["Suit 0", "Suit 1", "Suit 2"]
    assert 0 < max(asked) < 200
    assert sum(1 for _ in records) == 4_997
    assert [one.number for one in found.records(None)] == list(range(2, 5_002))  # and once more from the beginning


def test_rich_texts_and_line_breaks_of_excel(tmp_path: Path) -> None:
    entries = {
        "dark": "<r><t>Dark </t></r><r><rPr><b/></rPr><t>suit</t></r><rPh sb='0' eb='1'><t>kana</t></rPh>",
        "two": "<t xml:space='preserve'>two_x000D_&#10;lines</t>",
    }
    content = with_shared_texts(workbook(["id", "title"], ["1", "dark"], ["2", "two"]), entries)
    first, second = opened(tmp_path, content, format="xlsx").records(None)
    assert (first.cells["title"], second.cells["title"]) == ("Dark suit", "two\nlines")


def test_a_workbook_that_breaks_off_is_said(tmp_path: Path) -> None:
    content = changed(
        workbook(["id"], *[[number] for number in range(50)]),
        lambda name, body: body[:-300] if name.endswith("sheet1.xml") else body,
    )
    with pytest.raises(FileError, match="without a password"):
        list(opened(tmp_path, content, format="xlsx").records(None))


def test_cells_beyond_the_columns_of_a_sheet_are_an_error(tmp_path: Path) -> None:
    found = opened(tmp_path, workbook(["sku"], ["1", "stray"]), format="xlsx")
    assert "has 2 cells where the header has 1" in str(next(iter(found.records(None))).error)


def test_no_workbook_and_a_bomb_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileError, match="without a password"):
        opened(tmp_path, b"no archive", format="xlsx")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("hello", "world")
    with pytest.raises(FileError, match="without a password"):
        opened(tmp_path, out.getvalue(), format="xlsx")
    monkeypatch.setattr(workbooks, "MOST_UNPACKED", 1_000)
    with pytest.raises(FileError, match="save it as CSV"):
        opened(tmp_path, workbook(["sku"], ["1"]), format="xlsx")


def test_columns_have_names_of_their_own() -> None:
    assert distinct(["a", "", "a", " a "]) == ["a", "column 2", "a (3)", "a (4)"]


@pytest.mark.parametrize(("content", "message"), [(b"", "no columns"), (b",".join([b"x"] * 201), "201 columns")])
def test_a_table_has_columns_and_not_too_many(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=message):
        opened(tmp_path, content + b"\n", format="csv")


def test_a_file_of_rejected_rows_loses_its_apostrophes(tmp_path: Path) -> None:
    content = table(["what_is_wrong", "line_in_file", "'=id", "title"], ["no", "7", "'-1", "'tis"])
    found = opened(tmp_path, content, format="csv")
    assert found.columns[2] == "=id"
    assert next(iter(found.records(None))).cells == {
        "what_is_wrong": "no",
        "line_in_file": "7",
        "=id": "-1",
        "title": "'tis",
    }
    other = opened(tmp_path, table(["id"], ["'-1"]), format="csv")
    assert next(iter(other.records(None))).cells == {"id": "'-1"}
