"""What can go wrong with a catalog. The class docstring is the default message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class CatalogError(Exception):
    """The catalog could not do what was asked."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class CatalogNotFoundError(CatalogError):
    """There is no catalog of that name."""


class CatalogExistsError(CatalogError):
    """A catalog of that name exists already."""


class CatalogNameError(CatalogError):
    """The catalog's name or language is not valid."""


class ItemNotFoundError(CatalogError):
    """The catalog has no item of that id."""


class FolderError(CatalogError):
    """The folder cannot be imported."""


class FileError(CatalogError):
    """The file cannot be imported."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong with a row: the field, what stood there (shortened), why it is refused and the way out."""

    field: str
    value: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        shown = f" (got {self.value})" if self.value else ""
        return f"{where}{self.reason}{shown}"


class RowError(CatalogError):
    """The row is not valid. `problems` has one entry per field that is wrong."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))
