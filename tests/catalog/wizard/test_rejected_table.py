"""Rejected rows open in a spreadsheet, do nothing there, and come back as they were."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.exceptions import RowError, RowProblem
from catalog.wizard import rejected_table
from catalog.wizard.formulas import as_it_was, harmless
from catalog.wizard.rejected_table import RejectedTable
from catalog.wizard.tables import Record

WRONG = RowError([RowProblem("price", "'x'", "is not a number")])


def written(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text("utf-8-sig").splitlines()))


@pytest.mark.parametrize("text", ["=1+1", "+49", "-1", "@me", "\t=1", "\r=1", "＝1", "'=1", "''-1"])
def test_formulas_are_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"


@given(st.text("'=+-@\t ax1"))
def test_what_was_made_harmless_comes_back(text: str) -> None:
    assert as_it_was(harmless(text)) == text
    assert harmless(text)[:1] not in tuple("=+-@\t")


def test_rows_stand_with_what_is_wrong_and_where(tmp_path: Path) -> None:
    with RejectedTable(tmp_path / "r.csv", ["id", "title", "tags"]) as table:
        table.remember(Record(2, {"id": "=cmd()", "title": "装", "tags": ["a", 1]}))
        table.add("", 2, WRONG)
        table.remember(Record(3, {}, ("1", "2", "3", "4"), WRONG))
        table.add("", 3, WRONG)
    assert (tmp_path / "r.csv").read_bytes().startswith(b"\xef\xbb\xbf")  # or Excel would take it for another encoding
    reason = "price: is not a number (got 'x')"
    assert written(tmp_path / "r.csv") == [
        ["what_is_wrong", "line_in_file", "id", "title", "tags"],
        [reason, "2", "'=cmd()", "装", '["a", 1]'],
        [reason, "3", "1", "2", "3", "4"],
    ]
    assert table.total == 2


def test_a_file_of_rejected_rows_is_rejected_without_what_was_wrong_before(tmp_path: Path) -> None:
    columns = ["what_is_wrong", "line_in_file", "id"]
    with RejectedTable(tmp_path / "r.csv", columns) as table:
        table.remember(Record(2, {"what_is_wrong": "old", "line_in_file": "9", "id": "a"}, ("old", "9", "a")))
        table.add("", 2, WRONG)
        table.remember(Record(3, {}, ("old", "9", "a", "b"), WRONG))
        table.add("", 3, WRONG)
    header, *rows = written(tmp_path / "r.csv")
    assert header == columns
    assert [row[1:] for row in rows] == [["2", "a"], ["3", "a", "b"]]


def test_rows_that_are_refused_late_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejected_table, "REMEMBERED", 3)
    records = [Record(number, {"id": str(number)}) for number in range(2, 12)]
    with RejectedTable(tmp_path / "r.csv", ["id"]) as table:
        for record in records:
            table.remember(record)
        for number in (7, 3, 11):
            table.add("", number, WRONG)
        table.write_late(iter(records))
    assert [row[1:] for row in written(tmp_path / "r.csv")[1:]] == [["11", "11"], ["3", "3"], ["7", "7"]]
