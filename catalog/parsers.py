"""Bodies of many rows: JSON lines, read row by row as they arrive, or a plain JSON list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

import orjson
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.views import APIView

LONGEST_LINE = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    """One row of a body: its number, counted from 1, and what it holds, or why it can not be read."""

    number: int
    value: Any
    error: str = ""


class JsonLinesParser(BaseParser):
    """`application/x-ndjson`: one JSON object a line. The body is never held whole; empty lines are skipped."""

    media_type = "application/x-ndjson"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The rows, as they are asked for."""
        return _lines(stream)


class NamedJsonLinesParser(JsonLinesParser):
    """The same under its other name, `application/jsonl`."""

    media_type = "application/jsonl"


ROW_PARSERS: tuple[type[BaseParser], ...] = (*APIView.parser_classes, JsonLinesParser, NamedJsonLinesParser)


def received_rows(data: Any) -> Iterator[ReceivedRow]:
    """The rows of a parsed body, whichever parser read it.

    Raises:
        ValidationError: the body is neither JSON lines nor a list (400).
    """
    if isinstance(data, Iterator):
        return data
    if isinstance(data, list):
        return (ReceivedRow(number, value) for number, value in enumerate(data, 1))
    raise ValidationError(
        "The body is one JSON value, not a list: send a list of objects as application/json, "
        "or one object a line as application/x-ndjson."
    )


def _lines(stream: IO[Any]) -> Iterator[ReceivedRow]:
    number = 0
    while line := stream.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            _skip_line(stream)
            yield ReceivedRow(
                number, None, f"The line is longer than {LONGEST_LINE // 1024**2} MiB: shorten its texts."
            )
        elif line.strip():
            yield _row(number, line)


def _row(number: int, line: bytes) -> ReceivedRow:
    try:
        return ReceivedRow(number, orjson.loads(line))
    except orjson.JSONDecodeError as error:
        return ReceivedRow(number, None, f"The line is not valid JSON: {error.msg} (column {error.colno}).")


def _skip_line(stream: IO[Any]) -> None:
    while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
        pass
