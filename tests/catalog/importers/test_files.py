"""Files are read line by line; what cannot be read is one line's error."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from catalog.exceptions import FolderError, RowError
from catalog.importers import files
from catalog.importers.files import find_file, read_lines
from catalog.importers.progress import Progress


def test_a_file_is_found_plain_or_gzipped(tmp_path: Path) -> None:
    assert find_file(tmp_path, "items.jsonl") is None
    (tmp_path / "items.jsonl.gz").write_bytes(gzip.compress(b"1\n2"))
    found = find_file(tmp_path, "items.jsonl")
    assert found == tmp_path / "items.jsonl.gz"
    assert list(read_lines(found)) == [(1, b"1\n"), (2, b"2")]
    (tmp_path / "items.jsonl").touch()
    with pytest.raises(FolderError, match="remove the one"):
        find_file(tmp_path, "items.jsonl")


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n")
    assert [line for _, line in read_lines(tmp_path / "x")] == [b"a\n", b"\xef\xbb\xbfb\n"]


@pytest.mark.parametrize("length", [9, 10, 11, 25, 30])
def test_a_line_that_is_too_long_is_passed_over_whole(
    length: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LONGEST_LINE", 10)
    (tmp_path / "x").write_bytes(b"x" * length + b"\nshort\n")
    (_, first), second = read_lines(tmp_path / "x")
    assert isinstance(first, RowError) == (length > 9)
    assert second == (2, b"short\n")


def test_a_file_that_is_no_archive_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(b"plain text")
    ((number, line),) = read_lines(tmp_path / "x.gz")
    assert number == 1
    assert "archive is damaged" in str(line)


def test_progress_is_told_now_and_then(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"1\n" * 2500)
    told: list[str] = []
    assert len(list(read_lines(tmp_path / "x", Progress(told.append, every=0)))) == 2500
    assert told == ["x: 1,000 rows (40%)", "x: 2,000 rows (80%)"]
    assert len(list(read_lines(tmp_path / "x", Progress(told.append, every=3600)))) == 2500
    assert len(told) == 2
