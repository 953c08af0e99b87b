"""JSON lines → rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import orjson

from catalog.exceptions import RowError, RowProblem
from catalog.importers.files import read_lines
from catalog.importers.progress import Progress
from catalog.importers.rejected import Refusals
from catalog.row_problems import shortened
from catalog.row_types import Row

R = TypeVar("R", bound=Row)


def read_json_rows(path: Path, row: type[R], rejected: Refusals, progress: Progress) -> Iterator[tuple[int, R]]:
    """The valid rows with their line numbers; the others are written down. Blank lines are passed over."""
    for number, line in read_lines(path, progress):
        if isinstance(line, bytes) and not line.strip():
            continue
        try:
            if isinstance(line, RowError):
                raise line
            yield number, row.read(parse(line))
        except RowError as error:
            rejected.add(path.name, number, error)


def parse(line: bytes) -> Any:
    """The JSON value of a line. NaN, huge numbers and control characters pass, for the field's own check to name."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return _parse_leniently(line)


def _parse_leniently(line: bytes) -> Any:
    try:
        return json.loads(line.decode(), strict=False)
    except UnicodeDecodeError as error:
        reason = f"byte {error.start + 1} of the line is not valid UTF-8: save the file as UTF-8"
        raise _refused(line[max(0, error.start - 10) : error.start + 10], reason) from None
    except json.JSONDecodeError as error:
        reason = f"the line is not valid JSON ({error.msg} at column {error.colno}): write one object a line"
        raise _refused(line[max(0, error.pos - 20) : error.pos + 20], reason) from None
    except (RecursionError, ValueError) as error:
        raise _refused(line, f"the line cannot be read ({str(error)[:100]}): flatten or shorten it") from None


def _refused(value: bytes, reason: str) -> RowError:
    return RowError([RowProblem("", shortened(value.decode("utf-8", "backslashreplace")), reason)])
