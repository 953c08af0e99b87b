"""Uploads for the tests of the wizard."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from catalog.models import Catalog, ImportRun
from catalog.wizard import runs, uploads


def table(*rows: Sequence[str], separator: str = ",", encoding: str = "utf-8") -> bytes:
    """A CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue().encode(encoding)


def json_lines(*rows: dict[str, Any]) -> bytes:
    """One object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def workbook(*rows: Sequence[Any]) -> bytes:
    """An Excel file."""
    book, out = Workbook(), io.BytesIO()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def upload(catalog: Catalog, content: bytes, name: str = "suits.csv", kind: str = "items") -> ImportRun:
    """An upload as the first step of the wizard leaves it."""
    file = SimpleUploadedFile(name, content)
    return uploads.keep(catalog, kind, name, file, uploads.look_at(name, file))


def imported(run: ImportRun) -> ImportRun:
    """The run as a worker ends it."""
    assert runs.start(run)
    return runs.carry_out(run)


def rejected(run: ImportRun) -> list[list[str]]:
    """The rejected rows, the header first."""
    if not run.rejected_rows:
        return []
    with run.rejected_rows.open("rb") as stored:
        return list(csv.reader(io.StringIO(stored.read().decode("utf-8-sig"), newline="")))
