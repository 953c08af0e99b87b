"""Uploads for the tests of the wizard."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from catalog.models import Catalog, ImportRun
from catalog.wizard import runs, uploads

SHARED_PART = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{SHARED_STRINGS}"/>'
INLINE = re.compile(r'(<c r="[A-Z]+\d+") t="inlineStr"><is><t>([^<]*)</t></is></c>')


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


def changed(book: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """An Excel file with other parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as made, zipfile.ZipFile(out, "w") as written:
        for name in made.namelist():
            written.writestr(name, change(name, made.read(name)))
    return out.getvalue()


def with_shared_texts(book: bytes, entries: Mapping[str, str] | None = None) -> bytes:
    """As Excel itself writes: cells refer to a table of texts. (openpyxl writes each into its cell.)"""
    texts: list[str] = []

    def shared(found: re.Match[str]) -> str:
        texts.append((entries or {}).get(found[2], f"<t>{found[2]}</t>"))
        return f'{found[1]} t="s"><v>{len(texts) - 1}</v></c>'

    def change(name: str, body: bytes) -> bytes:
        if name.endswith("sheet1.xml"):
            return INLINE.sub(shared, body.decode()).encode()
        return body.replace(b"</Types>", SHARED_PART.encode() + b"</Types>")

    made = changed(book, change)
    assert texts
    out = io.BytesIO(made)
    with zipfile.ZipFile(out, "a") as written:
        listed = "".join(f"<si>{text}</si>" for text in texts)
        written.writestr("xl/sharedStrings.xml", f"<sst xmlns='{SHEET_MAIN_NS}'>{listed}</sst>")
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
