"""A mapping guessed from the names of the columns, and from the last import of the same kind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from catalog.wizard.formulas import OWN_COLUMNS
from catalog.wizard.kinds import LISTS, ImportKind
from catalog.wizard.mapping import ATTRIBUTE, LEFT_OUT, LIST_SEPARATORS, Mapping
from catalog.wizard.tables import Record

NOT_A_WORD = re.compile(r"[\W_]+")
ALWAYS_LISTS = ("|", ";", "、")
"""What no name has inside: these win over a comma, which may be part of a category."""


def plain(name: str) -> str:
    """A column's name in the form of the lists of names: lower case, with _ between its words."""
    return NOT_A_WORD.sub("_", name.strip().lower()).strip("_")


def guess(
    kind: ImportKind, columns: Sequence[str], records: Iterable[Record], before: Mapping | None = None
) -> Mapping:
    """The most likely mapping. What the last import did with a column of the same name counts first."""
    targets = dict.fromkeys(columns, LEFT_OUT)
    known = (dict(before.columns) if before else {}) | dict.fromkeys(OWN_COLUMNS, LEFT_OUT)
    if before and known.keys() >= set(columns):
        return Mapping(tuple((column, known[column]) for column in columns), before.fixed, before.lists)
    targets |= _by_name(kind, columns)
    return Mapping(tuple(targets.items()), {}, _separator(targets, records))


def _by_name(kind: ImportKind, columns: Sequence[str]) -> dict[str, str]:
    """Each field takes the column whose name stands first among its own names."""
    plain_names = {column: plain(column) for column in columns}
    ranked = sorted(
        (names.index(name), place, column, field)
        for place, (field, told) in enumerate(kind.fields.items())
        for names in ([field, *told.names.split()],)
        for column, name in plain_names.items()
        if name in names
    )
    found: dict[str, str] = {}
    for _, _, column, field in ranked:
        if column not in found and field not in found.values():
            found[column] = field
    attributes = set(kind.attribute_names.split()) if kind.has_attributes else set()
    rest = {column: ATTRIBUTE for column in columns if plain_names[column] in attributes and column not in found}
    return found | rest


def _separator(targets: dict[str, str], records: Iterable[Record]) -> str:
    """What stands most often in the cells of the lists; a comma only where no other sign does."""
    lists = [column for column, target in targets.items() if target in LISTS]
    counts: Counter[str] = Counter()
    for record in records:
        for cell in (record.cells.get(column) for column in lists):
            counts.update(_signs(cell))
    for sign, _ in counts.most_common():
        if sign in ALWAYS_LISTS:
            return sign
    return "," if counts[","] else "|"


def _signs(cell: Any) -> list[str]:
    if not isinstance(cell, str) or cell.startswith("["):
        return []
    return [sign for sign in LIST_SEPARATORS if sign in cell]
