"""Which column of a file is which field, and what the cells of a record give the fields."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from catalog.wizard.kinds import ATTRIBUTES, LISTS, TRUTHS, ImportKind

ATTRIBUTE = "attribute"
"""The target of a column that becomes an attribute under its own name."""
LEFT_OUT = ""
LIST_SEPARATORS = ("|", ";", ",", "、", ">")
MANY = LISTS | {ATTRIBUTE, LEFT_OUT}
"""Targets of any number of columns."""
TRUTH_WORDS = {
    "是": "true", "有": "true", "在售": "true", "in stock": "true", "in_stock": "true", "available": "true",
    "否": "false", "无": "false", "下架": "false",
    "out of stock": "false", "out_of_stock": "false", "sold out": "false",
}  # fmt: skip


@dataclass(frozen=True)
class Mapping:
    """(column, target) for every column, values for all rows, and what separates the entries of a list in one cell."""

    columns: tuple[tuple[str, str], ...]
    fixed: MappingOf[str, str] = field(default_factory=dict)
    lists: str = "|"

    @classmethod
    def of(cls, stored: MappingOf[str, Any]) -> Self:
        """As it was stored."""
        return cls(tuple((column, target) for column, target in stored["columns"]), stored["fixed"], stored["lists"])

    def stored(self) -> dict[str, Any]:
        """In a form that JSON keeps."""
        return {"columns": [list(pair) for pair in self.columns], "fixed": dict(self.fixed), "lists": self.lists}

    @property
    def targets(self) -> set[str]:
        """The fields that get anything."""
        given = {ATTRIBUTES if target == ATTRIBUTE else target for _, target in self.columns if target}
        return given | set(self.fixed)

    def missing(self, kind: ImportKind) -> list[tuple[str, ...]]:
        """The required fields that get nothing; of several names one would do."""
        return [names for names in kind.required if not self.targets.intersection(names)]

    def doubled(self) -> list[str]:
        """Fields of one value that several columns were mapped to."""
        counts = Counter(target for _, target in self.columns)
        return [name for name, count in counts.items() if count > 1 and name not in MANY]

    def values(self, cells: MappingOf[str, Any]) -> dict[str, Any]:
        """What `Row.read_loosely` reads; what is empty is left out. The row itself says what is wrong with it."""
        values: dict[str, Any] = dict(self.fixed)
        attributes: dict[str, Any] = {}
        for column, target in self.columns:
            cell = _stripped(cells.get(column))
            if target == LEFT_OUT or cell in (None, "", []):
                continue
            if target == ATTRIBUTE:
                attributes[column] = cell
            elif target == ATTRIBUTES:
                values[target] = _object(cell)
            elif target in LISTS:
                values[target] = [*values.get(target, []), *_list(cell, self.lists)]
            else:
                values[target] = _scalar(cell, target)
        if attributes:
            _add(values, attributes)
        return values


def _stripped(cell: Any) -> Any:
    return cell.strip() if isinstance(cell, str) else cell


def _scalar(cell: Any, target: str) -> Any:
    """A text, since a file may have 7 where an id is meant; what is no scalar is for the row to refuse."""
    if isinstance(cell, bool | int | float):
        cell = json.dumps(cell)
    return TRUTH_WORDS.get(cell.lower(), cell) if target in TRUTHS and isinstance(cell, str) else cell


def _list(cell: Any, separator: str) -> Sequence[Any]:
    """The entries of a cell: of a JSON list, or of a text between separators and line breaks."""
    if isinstance(cell, str) and cell.startswith("["):
        cell = _parsed(cell)
    if isinstance(cell, list):
        return [one if isinstance(one, str | list | dict) else json.dumps(one) for one in cell]
    if not isinstance(cell, str):
        return [json.dumps(cell)]
    parts = cell.replace("\n", separator).split(separator)
    return [part.strip() for part in parts if part.strip()]


def _object(cell: Any) -> Any:
    return _parsed(cell) if isinstance(cell, str) and cell.startswith("{") else cell


def _parsed(cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def _add(values: dict[str, Any], attributes: dict[str, Any]) -> None:
    """Columns beside the object of attributes; where that is none, it stays for the row to refuse."""
    given = values.get(ATTRIBUTES, {})
    if isinstance(given, dict):
        values[ATTRIBUTES] = {**given, **attributes}
