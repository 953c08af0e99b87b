"""A catalog's events as a snapshot to learn from: columns, a hash that names it, and what it lacks in plain words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.models import Catalog
from recommender.plugins.types import Ids, Mask
from recommender.training.events import Choices, read_choices
from recommender.training.items import Items
from recommender.training.profile_attributes import Attribute, read_attributes
from recommender.training.streams import Column, copied, row_type

PEOPLE_TO_LEARN = 50
"""People with two or more items, from whom it can be seen what goes with what."""
LONG_HISTORY = 6
PEOPLE_TO_JUDGE = 60
"""A quarter of them is held out and asked four times each: about 60 questions, the fewest that fit anything."""
ITEMS_TO_LEARN = 20
"""Items that two or more people chose."""
_TIMED = 0.9
_ITEM_ROW = row_type(("item", ">i8"), ("hash", "V16"), ("available", "?"))
_ITEMS = "SELECT id::int8, text_hash, available FROM catalog_item WHERE catalog_id = %(catalog)s ORDER BY id"


@dataclass(frozen=True)
class Dataset(Choices):
    """What there is to learn from: everybody's choices, over all n items of the catalog.

    `item_ids` (n,) are ascending, `available` (n,) says which can be shown, `text_hashes` (n, 16) which texts they had.
    `attributes` holds what the operator listed of the profiles, nothing else.
    """

    item_ids: Ids
    available: Mask
    text_hashes: NDArray[np.uint8]
    attributes: Mapping[str, Attribute]

    @property
    def people(self) -> int:
        """How many people chose something."""
        return len(self.starts) - 1

    @property
    def size(self) -> int:
        """How many items there are, with events or without."""
        return len(self.item_ids)

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """How many items each person chose (people,)."""
        return np.diff(self.starts)

    @cached_property
    def has_times(self) -> bool:
        """Whether times are those of a clock, so that the data can be split by them.

        Where most people begin at the same moment, the times only number the events of each person.
        """
        if not self.people or np.isfinite(self.times).mean() < _TIMED:
            return False
        first = self.times[self.starts[:-1]]
        _, counts = np.unique(first[np.isfinite(first)], return_counts=True)
        return bool(self.people == 1 or counts.max() <= self.people / 2)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of everything above: the same hash is the same data. It holds no id of the database."""
        digest = hashlib.sha256()
        for name, values in self._content():
            digest.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
            digest.update(np.ascontiguousarray(values).data)
        named = [*self.kind_names, *(word for name in sorted(self.attributes) for word in self._words(name))]
        digest.update("\n".join(named).encode())
        return digest.hexdigest()

    def _content(self) -> list[tuple[str, NDArray[Any]]]:
        columns = [one.name for one in fields(Dataset) if one.name not in {"profile_ids", "item_ids"}]
        found = [(name, getattr(self, name)) for name in columns]
        arrays = [(name, values) for name, values in found if isinstance(values, np.ndarray)]
        return arrays + [(name, self.attributes[name].codes) for name in sorted(self.attributes)]

    def _words(self, name: str) -> list[str]:
        return [name, *self.attributes[name].values]

    def describe(self) -> list[str]:
        """What there is, in plain sentences."""
        chosen = int((np.bincount(self.items, minlength=1) > 0).sum())
        said = [
            f"{self.people:,} people chose {chosen:,} of {self.size:,} items, {len(self.items):,} choices in all.",
            f"{_people(int((self.lengths >= LONG_HISTORY).sum()))} chose {LONG_HISTORY} items or more.",
            f"Kinds of event: {', '.join(self.kind_names) or 'none'}.",
        ]
        if len(self.disliked):
            said.append(f"{len(self.disliked):,} times somebody disliked an item.")
        return said

    def lacking(self) -> list[str]:
        """What is missing to learn well, in plain sentences; empty where nothing is."""
        return [*self._too_few(), *self._without_times()]

    def _too_few(self) -> list[str]:
        found = []
        pairs, long = int((self.lengths >= 2).sum()), int((self.lengths >= LONG_HISTORY).sum())
        shared = int((np.bincount(self.items, minlength=1) >= 2).sum())
        if pairs < PEOPLE_TO_LEARN:
            found.append(f"{_people(pairs)} chose two or more items; learning needs about {PEOPLE_TO_LEARN}.")
        if long < PEOPLE_TO_JUDGE:
            found.append(
                f"{_people(long)} chose {LONG_HISTORY} items or more; to try what was learned on people it has not "
                f"seen takes about {PEOPLE_TO_JUDGE}."
            )
        if shared < ITEMS_TO_LEARN:
            found.append(
                f"{shared:,} of {self.size:,} items were chosen by two or more people; learning what goes with what "
                f"needs about {ITEMS_TO_LEARN}."
            )
        return found

    def _without_times(self) -> list[str]:
        if self.has_times or not self.people:
            return []
        if np.isfinite(self.times).mean() < _TIMED:
            return ["Most events have no time: their order of arrival counts instead, and nothing is split by time."]
        return ["Most people's events begin at the same moment: the times count as an order, not as a clock."]


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def read_dataset(
    catalog: Catalog, *, items: Items | None = None, attributes: Sequence[str] = (), half_lives: bool = False
) -> Dataset:
    """Read a catalog's events: of people who agreed to be learned from, test accounts left out.

    Memory holds the columns and a few megabytes besides, however many events there are.

    Args:
        catalog: whose events.
        items: the items read before, for columns that belong together; read anew where left out.
        attributes: attributes of profiles that an operator allows as features. None is, unless it is listed.
        half_lives: let weights fade by the half-lives of their kinds, back from the catalog's newest event.
    """
    ids, available, hashes = (
        _read_item_columns(catalog) if items is None else (items.ids, items.available, items.text_hashes)
    )
    choices = read_choices(catalog, ids, half_lives=half_lives)
    return Dataset(
        **{one.name: getattr(choices, one.name) for one in fields(Choices)},
        item_ids=ids,
        available=available,
        text_hashes=hashes,
        attributes=read_attributes(catalog, choices.profile_ids, attributes),
    )


def _read_item_columns(catalog: Catalog) -> tuple[Ids, Mask, NDArray[np.uint8]]:
    ids, available, hashes = Column(np.int64), Column(np.bool_), Column("V16")
    for rows in copied(_ITEMS, {"catalog": catalog.pk}, _ITEM_ROW):
        ids.append(rows["item"])
        available.append(rows["available"])
        hashes.append(rows["hash"])
    packed = hashes.finished()
    return ids.finished(), available.finished(), packed.view(np.uint8).reshape(len(packed), 16)
