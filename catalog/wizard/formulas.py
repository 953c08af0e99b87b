"""Files of rejected rows: their own columns, and cells that no spreadsheet takes for a formula.

A cell that begins with = + - @ gets an apostrophe before it. When such a file is uploaded again the apostrophes are
taken away, so that mending what is wrong is all there is to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

WRONG, LINE = "what_is_wrong", "line_in_file"
OWN_COLUMNS = (WRONG, LINE)
STARTS = "[-=+@＝＋－＠\t\r\n]"
FORMULA = re.compile(f"'*{STARTS}")
HARMLESS = re.compile(f"'+{STARTS}")


def harmless(text: str) -> str:
    """The text with an apostrophe before it, if a spreadsheet would take it for a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def as_it_was(text: str) -> str:
    """The text that `harmless` was given."""
    return text[1:] if HARMLESS.match(text) else text


def is_of_rejected_rows(columns: Iterable[str]) -> bool:
    """Whether a file with these columns is one of rejected rows."""
    return WRONG in columns
