"""The language of a catalog that is to be made, from its items: it decides the first encoder."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from catalog.exceptions import RowError
from catalog.importers.files import read_lines
from catalog.importers.json_lines import parse

MIXED = "mixed"
MAJORITY = 0.95
"""A few strays do not make a catalog one of several languages."""


def language_of(path: Path) -> str:
    """The language of nearly all items of a file, such as en or zh; "mixed" where there are several or none."""
    counts: Counter[str] = Counter()
    for _, line in read_lines(path):
        if isinstance(line, bytes) and (language := _language(line)):
            counts[language] += 1
    language, most = counts.most_common(1)[0] if counts else (MIXED, 0)
    return language if most >= MAJORITY * counts.total() else MIXED


def _language(line: bytes) -> str:
    """The first part of the tag: zh-CN and zh-TW are one language to an encoder."""
    try:
        value = parse(line)
    except RowError:
        return ""
    tag = value.get("language") if isinstance(value, dict) else None
    return tag.split("-")[0].strip().lower()[:16] if isinstance(tag, str) else ""
