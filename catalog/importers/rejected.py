"""Rows that were refused, written down so that they can be mended and imported again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import orjson

from catalog.exceptions import FolderError, RowError


class Refusals(Protocol):
    """Whoever keeps what an import refuses."""

    def add(self, file: str, line: int, error: RowError) -> None:
        """Keep one refused row: the file, the number of its line, and why."""


class RejectedRows:
    """`rejected.jsonl`: one line per refused row with file, line, field, value and reason.

    A row that has more than one thing wrong names the others under `more`. The file is made anew by every import.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._out = path.open("wb")
        except OSError as error:
            raise FolderError(f"{path} cannot be written ({error.strerror}): name another file.") from error

    @property
    def total(self) -> int:
        """How many rows were refused."""
        return self.counts.total()

    def add(self, file: str, line: int, error: RowError) -> None:
        """Write one refused row down."""
        self.counts[file] += 1
        first, *more = [{"field": one.field, "value": one.value, "reason": one.reason} for one in error.problems]
        entry = {"file": file, "line": line, **first, **({"more": more} if more else {})}
        self._out.write(orjson.dumps(entry) + b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._out.close()
