"""Reading a folder of the interchange format into arrays: who liked what, in which order."""

import csv
import gzip
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
POSITIVE_KINDS = frozenset({"purchase", "click", "play", "like", "cart", "more", "share", "comment", "view"})
LOWEST_POSITIVE = {"rating": 4.0, "dwell": 30.0}
"""Kinds that are positive from a value on. Any other kind is none of those that a catalog starts with."""
BRAND_KEYS = ("brand", "author", "director", "artist")
TIMED = 0.9
ENGLISH = "sentence-transformer"


class DatasetMissingError(Exception):
    """The folder is not there: give a path to a folder with items.jsonl, or set RECPLATFORM_DATASETS."""


class NothingToAskError(Exception):
    """The folder has no positive events: there is nobody to ask about."""


@dataclass(frozen=True)
class Row:
    """One positive event as the file has it."""

    kind: str
    value: str
    occurred_at: str


@dataclass(frozen=True)
class Dataset:
    """The items of a folder and each person's positive events.

    ``histories[p]`` holds item positions (into ``items``), oldest first, each item once;
    ``rows[p]`` the events they came from. ``encoder`` is the plugin that a catalog of these items starts with.
    """

    name: str
    items: tuple[dict[str, Any], ...]
    people: tuple[str, ...]
    histories: tuple[Integers, ...]
    rows: tuple[tuple[Row, ...], ...]
    encoder: str = ENGLISH

    @cached_property
    def item_ids(self) -> tuple[str, ...]:
        """External ids in the order of ``items``."""
        return tuple(str(item["item_id"]) for item in self.items)

    @property
    def slug(self) -> str:
        """The name as catalogs and files can have it."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")[:40] or "folder"

    @cached_property
    def has_times(self) -> bool:
        """Whether the times are a clock's, by which the events can be cut.

        Where most people begin at the same moment, the times only number the events of each person.
        """
        times = [row.occurred_at for rows in self.rows for row in rows]
        if not times or sum(map(bool, times)) < TIMED * len(times):
            return False
        begins = Counter(rows[0].occurred_at for rows in self.rows if rows and rows[0].occurred_at)
        return len(self.rows) == 1 or max(begins.values()) <= len(self.rows) / 2


def datasets_folder() -> Path:
    """Where folders lie that are called by their name."""
    return Path(os.environ.get("RECPLATFORM_DATASETS", "../shared/datasets"))


def folder_of(name: str) -> Path:
    """The folder at this path, or of this name among the data sets."""
    for folder in (Path(name).expanduser(), datasets_folder() / name):
        if _file(folder, "items.jsonl") is not None:
            return folder.resolve()
    raise DatasetMissingError(
        f"Neither {name} nor {datasets_folder() / name} has an items.jsonl: give the path of a folder in the "
        "interchange format, or set RECPLATFORM_DATASETS to where the data sets are."
    )


def _file(folder: Path, name: str) -> Path | None:
    """The file, plain or packed, as the import finds it."""
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def _lines(path: Path) -> Iterator[str]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as packed:
            yield from packed
    else:
        with path.open(encoding="utf-8-sig", newline="") as plain:
            yield from plain


def is_positive(kind: str, value: str) -> bool:
    """Purchases, clicks and plays always are, ratings from 4 on."""
    lowest = LOWEST_POSITIVE.get(kind)
    return kind in POSITIVE_KINDS if lowest is None else float(value or 0) >= lowest


def load(name: str) -> Dataset:
    """Read a folder, by its path or its name; without times the order of the file is the order of events."""
    folder = folder_of(name)
    items_file, events_file = _file(folder, "items.jsonl"), _file(folder, "events.csv")
    assert items_file is not None, "folder_of looked for it"
    items = tuple(json.loads(line) for line in _lines(items_file) if line.strip())
    position = {str(item["item_id"]): n for n, item in enumerate(items)}
    events = _positives(events_file, position) if events_file else {}
    if not events:
        raise NothingToAskError(f"{folder} has no positive events on its items: there is nobody to ask about.")
    people = tuple(sorted(events))
    return Dataset(
        name=folder.name,
        items=items,
        people=people,
        histories=tuple(np.array(list(events[person]), dtype=np.int64) for person in people),
        rows=tuple(tuple(events[person].values()) for person in people),
        encoder=_encoder(items_file),
    )


def _encoder(items: Path) -> str:
    """The encoder that the product takes for a catalog of these items."""
    from catalog.importers.language import language_of  # these need Django's settings
    from recommender.services.defaults import default_encoder

    return default_encoder(language_of(items))


def _positives(path: Path, position: dict[str, int]) -> dict[str, dict[int, Row]]:
    """Per person: item position → its first positive event, in order of time."""
    rows = [row for row in csv.DictReader(_lines(path)) if row["item_id"] in position and row.get("profile_id")]
    found = [row for row in rows if is_positive(row["kind"], row.get("value") or "")]
    found.sort(key=lambda row: row.get("occurred_at") or "")  # stable: without times the order of the file stays
    events: dict[str, dict[int, Row]] = {}
    for row in found:
        seen = events.setdefault(row["profile_id"], {})
        event = Row(row["kind"], row.get("value") or "", row.get("occurred_at") or "")
        seen.setdefault(position[row["item_id"]], event)
    return events


def labels(item: dict[str, Any]) -> list[str]:
    """Categories, tags and brand of an item: the words that a visitor would name."""
    attributes = item.get("attributes") or {}
    brands = [attributes[key] for key in BRAND_KEYS if attributes.get(key)]
    named = [name for brand in brands for name in (brand if isinstance(brand, list) else [brand])]
    return [*(item.get("categories") or []), *(item.get("tags") or []), *map(str, named)]


def item_text(item: dict[str, Any]) -> str:
    """The text that the peers' vectors are made of."""
    parts = [str(item.get("title") or ""), ", ".join(labels(item)), str(item.get("description") or "")]
    return ". ".join(part.strip() for part in parts if part.strip())
