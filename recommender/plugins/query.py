"""What a request asks for: filters, targets of rules, and the query that every source pushes down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import zip_longest


@dataclass(frozen=True, slots=True)
class AttributeFilter:
    """One condition on an attribute: equal to one of `values`, or within a range (bounds included)."""

    name: str
    values: tuple[str | float | bool, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """What a request wants of the items; every part that is given must hold."""

    categories_any: tuple[str, ...] = ()
    categories_all: tuple[str, ...] = ()
    categories_none: tuple[str, ...] = ()
    price_minimum: float | None = None
    price_maximum: float | None = None
    languages: tuple[str, ...] = ()
    published_after: datetime | None = None
    attributes: tuple[AttributeFilter, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether every available item passes."""
        return self == ItemFilter()


@dataclass(frozen=True, slots=True)
class Target:
    """Items that a rule is about: those of `items` (external ids), of a category, with a tag, or with the attributes.

    One part is enough; of `attributes` every condition must hold.
    """

    items: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    attributes: tuple[AttributeFilter, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it names nothing."""
        return self == Target()


@dataclass(frozen=True, slots=True)
class Query:
    """One request, validated: what is asked for, of which catalog, under which conditions.

    `excluded` joins what the request excludes, what the person has consumed and what rules block. `among` is None for
    the whole catalog. `blocked` targets are not eligible; where there are `included` ones, an item must be in each of
    them. `now` decides what has expired. `pinned` items join the candidates wherever they are eligible, and `pinned_to`
    says of each at which place (from 1) it will stand, or 0. Items that suit no better than `minimum_relevance` (0 to
    1) of the catalog are left out. `figures_version` names the catalog's statistics that the answer rests on. Ids are
    the database's, not external ones.
    """

    catalog_id: int
    limit: int
    now: datetime
    language: str = ""
    excluded: tuple[int, ...] = ()
    among: tuple[int, ...] | None = None
    filter: ItemFilter = field(default_factory=ItemFilter)
    blocked: tuple[Target, ...] = ()
    included: tuple[Target, ...] = ()
    pinned: tuple[int, ...] = ()
    pinned_to: tuple[int, ...] = ()
    minimum_relevance: float = 0.0
    figures_version: int = 0

    @property
    def pins(self) -> dict[int, int]:
        """The place (from 1; 0: not told) of each pinned item, in the order in which rules asked for them."""
        return dict(zip_longest(self.pinned, self.pinned_to, fillvalue=0))

    def pinning(self, item_ids: Sequence[int], place: int) -> Query:
        """The same query with more items pinned, one after the other from this place on. What is pinned stays so."""
        known = self.pins
        pins = known | {one: place for one in item_ids if not known.get(one)}
        return replace(self, pinned=tuple(pins), pinned_to=tuple(pins.values()))

    def excluding(self, item_ids: Sequence[int]) -> Query:
        """The same query with more items excluded."""
        return replace(self, excluded=tuple({*self.excluded, *item_ids}))
