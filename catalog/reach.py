"""In which catalogs a member of the staff may do something. Who may what is for the user model to say.

The user model is named by its dotted path in the settings (AUTH_USER_MODEL), so nothing here imports it: it has to have
a method `reach(permission) -> Reach`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from catalog.models import Catalog

Row = TypeVar("Row", bound=Model)
IDENTITY = "id"
"""The path of a catalog to itself."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The catalogs in which somebody may do one thing; false where there is none.

    A path is a lookup from a model to its catalog: "catalog", "placement__catalog", "catalog_id" for a plain number,
    "id" for a catalog itself, empty for what belongs to no catalog, which only those reach who reach everything.
    """

    catalog_ids: Collection[int] = frozenset()
    everywhere: bool = False

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.catalog_ids)

    def __contains__(self, catalog_id: object) -> bool:
        return self.everywhere or catalog_id in self.catalog_ids

    def condition(self, path: str) -> Q:
        """What a row must fulfil to lie within."""
        if self.everywhere:
            return Q()
        return Q(**{f"{path}__in": self.catalog_ids}) if path else Q(pk__in=())

    def narrow(self, rows: QuerySet[Row], path: str) -> QuerySet[Row]:
        """Only the rows that lie within."""
        return rows if self.everywhere else rows.filter(self.condition(path))

    def covers(self, row: Model, path: str) -> bool:
        """Whether the row lies within."""
        return self.everywhere or (bool(path) and catalog_id_of(row, path) in self.catalog_ids)


class Member(Protocol):
    """What the user model must have."""

    def reach(self, permission: str) -> Reach:
        """Where the user may do what “app.action_model” names."""


def reach(user: Any, permission: str) -> Reach:
    """Where a user may do what “app.action_model” names; somebody who has not signed in reaches nothing."""
    member: Member | None = user if hasattr(user, "reach") else None
    return member.reach(permission) if member else Reach()


def visible_catalogs(request: HttpRequest, permission: str = "catalog.view_catalog") -> QuerySet[Catalog]:
    """The catalogs in which whoever asks may do that: for every page and choice that is not of a `Page`."""
    return reach(request.user, permission).narrow(Catalog.objects.all(), IDENTITY)


def catalog_id_of(row: Any, path: str) -> int | None:
    """The id of the catalog that a row belongs to, without reading the catalog."""
    *steps, last = path.split("__")
    for step in steps:
        row = getattr(row, step, None)
    if row is None:
        return None
    try:
        name = row._meta.get_field(last).attname
    except FieldDoesNotExist:
        name = last
    found: int | None = getattr(row, name)
    return found
