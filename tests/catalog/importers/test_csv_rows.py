"""Quotes, commas and line breaks in cells; a quote that is never closed costs one row."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.importers import csv_rows
from catalog.importers.csv_rows import read_csv_rows
from catalog.importers.progress import Progress
from catalog.importers.rejected import RejectedRows
from catalog.row_types import Row

REQUIRED = ("left", "right")


class Pair(Row):
    """Two cells."""

    left: str
    right: str


def read(folder: Path, body: str) -> tuple[list[tuple[int, str, str]], dict[str, int]]:
    path = folder / "pairs.csv"
    path.write_bytes(b"left,right\n" + body.encode())
    with RejectedRows(folder / "rejected.jsonl") as rejected:
        rows = list(read_csv_rows(path, Pair, REQUIRED, rejected, Progress(print)))
    return [(number, row.left, row.right) for number, row in rows], dict(rejected.counts)


@pytest.mark.parametrize(
    ("body", "cells"),
    [
        ("a,b\n", ("a", "b")),
        ("a,b\r\n", ("a", "b")),
        ("a,b", ("a", "b")),
        ('"a, b",c\n', ("a, b", "c")),
        ('"say ""hi""",c\n', ('say "hi"', "c")),
        ('5" nail,c\n', ('5" nail', "c")),
        ('"two\nlines",c\n', ("two\nlines", "c")),
        ('a,"three\n\nlines"\n', ("a", "three\n\nlines")),
        ("商务,装\n", ("商务", "装")),
    ],
)
def test_one_record(body: str, cells: tuple[str, str], tmp_path: Path) -> None:
    assert read(tmp_path, body) == ([(2, *cells)], {})


def test_a_quote_that_is_never_closed_costs_its_own_row(tmp_path: Path) -> None:
    body = 'a,b\n"open,c\n' + "".join(f"{number},x\n" for number in range(100))
    rows, refused = read(tmp_path, body)
    assert [row[0] for row in rows] == [2, *range(4, 104)]
    assert refused == {"pairs.csv": 1}


def test_two_open_quotes_do_not_swallow_what_lies_between(tmp_path: Path) -> None:
    rows, refused = read(tmp_path, '"open,c\nd,e\nf,g\n"open,h\ni,j\n')
    assert [row[1] for row in rows] == ["d", "f", "i"]
    assert refused == {"pairs.csv": 2}


def test_a_quoted_cell_of_many_lines_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "LONGEST_RECORD", 3)
    assert read(tmp_path, '"1\n2\n3\n4",x\n')[0] == [(2, "1\n2\n3\n4", "x")]
    rows, refused = read(tmp_path, '"1\n2\n3\n4\n5",x\n6,y\n')
    assert rows[-1] == (7, "6", "y")
    assert refused == {"pairs.csv": 4}  # lines 2 to 5; line 6 is a record of its own, with an inch in it


@given(
    st.lists(st.tuples(*[st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)] * 2), max_size=9)
)
def test_what_is_quoted_comes_back(tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]) -> None:
    # An empty cell counts as left out; a line break of old Macs ends no line here.
    pairs = [pair for pair in pairs if "\r" not in "".join(pair)]
    quoted = ('","'.join(cell.replace('"', '""') for cell in pair) for pair in pairs)
    rows, refused = read(tmp_path_factory.mktemp("pairs"), "".join(f'"{line}"\n' for line in quoted))
    assert [row[1:] for row in rows] == pairs
    assert refused == {}
