"""Formats, encodings and separators are recognised, and every text is copied as UTF-8."""

from __future__ import annotations

import io

import pytest

from catalog.exceptions import FileError
from catalog.importers.files import read_lines
from catalog.wizard import reading
from catalog.wizard.reading import Reading, encoding_of, local_copy, recognise

CHINESE = "编号,标题,价格\n1,一件高端商务装,4680\n2,羊毛西装,880\n"


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        (CHINESE, "utf-8", "utf-8"),
        (CHINESE, "utf-8-sig", "utf-8"),
        (CHINESE, "utf-16", "utf-16"),
        ("id,title\n1,A suit\n", "utf-16-le", "utf-16"),
        ("id,title\n1,A suit\n", "utf-16-be", "utf-16"),
        (CHINESE, "gb18030", "gb18030"),
        (CHINESE, "gbk", "gb18030"),
        ("id,title\n1,Café crème\n2,Señor über\n", "windows-1252", "windows-1252"),
        ("id,title\n1,A suit\n", "ascii", "utf-8"),
        ("", "ascii", "utf-8"),
    ],
)
def test_encodings(text: str, encoding: str, expected: str) -> None:
    head = text.encode(encoding)
    assert encoding_of(head) == expected
    with local_copy(io.BytesIO(head), Reading("csv", expected)) as path:
        assert path.read_bytes().decode("utf-8-sig") == text


def test_one_broken_byte_makes_no_other_encoding_of_a_whole_file() -> None:
    head = CHINESE.encode() + b"3,\xff,1\n"
    assert encoding_of(head) == "utf-8"
    with local_copy(io.BytesIO(head), Reading("csv")) as path:
        assert path.read_bytes() == head


def test_a_beginning_may_end_within_a_character() -> None:
    for cut in range(1, 4):
        assert encoding_of(("装" * 50).encode()[:-cut]) == "utf-8"
    assert encoding_of(("高端商务装" * 50).encode("gb18030")[:-1]) == "gb18030"


def test_what_is_no_character_stays_a_byte_for_the_field_to_name() -> None:
    broken = CHINESE.encode("gb18030") + b"3,\xff\xff,1\n"
    with local_copy(io.BytesIO(broken), Reading("csv", "gb18030")) as path:
        assert path.read_bytes() == CHINESE.encode() + b"3,\xff\xff,1\n"


def test_half_of_a_character_of_utf_16_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = CHINESE.encode("utf-16") + b"\x00\xd8\x41\x00"
    with pytest.raises(FileError, match="not in UTF-16"), local_copy(io.BytesIO(odd), Reading("csv", "utf-16")):
        pass


def test_characters_survive_the_borders_of_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHUNK", 7)
    for encoding in ("utf-8", "utf-16", "gb18030"):
        with local_copy(io.BytesIO(CHINESE.encode(encoding)), Reading("csv", encoding)) as path:
            assert path.read_text("utf-8") == CHINESE
        with local_copy(io.BytesIO(CHINESE.encode(encoding)), Reading("csv", encoding), most=20) as path:
            assert 0 < len(list(read_lines(path))) <= 2


def test_lines_of_an_old_mac_are_lines() -> None:
    with local_copy(io.BytesIO(CHINESE.replace("\n", "\r").encode()), Reading("csv")) as path:
        assert path.read_text("utf-8") == CHINESE
    with local_copy(io.BytesIO(b"a,b\r\n1,x\ry\r\n"), Reading("csv")) as path:
        assert path.read_bytes() == b"a,b\r\n1,x\ry\r\n"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators(separator: str) -> None:
    head = f'id{separator}"a,b;c,d"{separator}title\n1{separator}2{separator}3,4,5,6\n'.encode()
    assert recognise("suits.CSV", head) == Reading("csv", "utf-8", separator)


def test_formats() -> None:
    assert recognise("a.jsonl", b'{"a": 1}').format == "jsonl"
    assert recognise("a.tsv", b"id\ttitle").separator == "\t"
    assert recognise("a.xlsx", b"PK") == Reading("xlsx")
    for name, way_out in (
        ("a.xls", "save it as .xlsx"),
        ("a.csv.gz", "unpack"),
        ("a.pdf", "upload a CSV"),
        ("a", "CSV"),
    ):
        with pytest.raises(FileError, match=way_out):
            recognise(name, b"")
