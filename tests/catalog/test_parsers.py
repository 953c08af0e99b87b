"""JSON lines are read one at a time; what can not be read is one row's error, not the body's."""

from io import BytesIO

import pytest
from rest_framework.exceptions import ValidationError

from catalog import parsers
from catalog.parsers import JsonLinesParser, ReceivedRow, received_rows


def lines(body: bytes) -> list[ReceivedRow]:
    return list(JsonLinesParser().parse(BytesIO(body)))


def test_each_line_is_a_row_with_its_line_number() -> None:
    assert lines(b'{"a": 1}\n\n  \r\n{"b": "\xe8\xa3\x85"}') == [
        ReceivedRow(1, {"a": 1}),
        ReceivedRow(4, {"b": "装"}),
    ]


@pytest.mark.parametrize("broken", [b"{", b"\xff\xfe", b'{"a": NaN}', b'{"a": "\x00"}', b"{'a': 1}"])
def test_a_broken_line_is_one_error_and_the_rest_is_read(broken: bytes) -> None:
    first, second = lines(broken + b"\n[2]\n")
    assert first.number == 1
    assert "not valid JSON" in first.error
    assert second == ReceivedRow(2, [2])


@pytest.mark.parametrize("length", [99, 100, 101, 250, 300])
def test_a_line_that_is_too_long_is_skipped_whole(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsers, "LONGEST_LINE", 100)
    long_line = b'"' + b"x" * (length - 2) + b'"'
    first, second = lines(long_line + b"\n2\n")
    assert ("longer" in first.error) == (length > 99)
    assert second == ReceivedRow(2, 2)


def test_no_more_is_read_than_is_asked_for() -> None:
    stream = BytesIO(b"1\n2\n3\n")
    assert next(JsonLinesParser().parse(stream)).value == 1
    assert stream.read() == b"2\n3\n"


def test_a_list_counts_from_one() -> None:
    assert list(received_rows(["a", "b"])) == [ReceivedRow(1, "a"), ReceivedRow(2, "b")]


def test_one_value_is_no_list() -> None:
    with pytest.raises(ValidationError, match="not a list"):
        received_rows({"item_id": "1"})
