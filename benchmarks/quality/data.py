"""Reading a data set of the interchange format into arrays: who liked what, in which order."""

import csv
import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
POSITIVE_KINDS = frozenset({"purchase", "click", "play", "like", "cart"})
LOWEST_POSITIVE_RATING = 4.0
BRAND_KEYS = ("brand", "author", "director")


TIMED = frozenset({"movielens-100k"})  # elsewhere `occurred_at` is an order within one profile, or missing


class DatasetMissingError(Exception):
    """The data set is not there: set RECPLATFORM_DATASETS to the folder that holds it."""


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
    ``rows[p]`` the events they came from.
    """

    name: str
    items: tuple[dict[str, Any], ...]
    people: tuple[str, ...]
    histories: tuple[Integers, ...]
    rows: tuple[tuple[Row, ...], ...]

    @cached_property
    def item_ids(self) -> tuple[str, ...]:
        """External ids in the order of ``items``."""
        return tuple(str(item["item_id"]) for item in self.items)


def datasets_folder() -> Path:
    """Where the data sets are."""
    return Path(os.environ.get("RECPLATFORM_DATASETS", "../shared/datasets"))


def is_positive(kind: str, value: str) -> bool:
    """Purchases, clicks and plays always are, ratings from 4 on."""
    return float(value or 0) >= LOWEST_POSITIVE_RATING if kind == "rating" else kind in POSITIVE_KINDS


def load(name: str) -> Dataset:
    """Read one data set; without times the order of the file is the order of events."""
    folder = datasets_folder() / name
    if not (folder / "items.jsonl").exists():
        raise DatasetMissingError(f"{folder} has no items.jsonl; set RECPLATFORM_DATASETS to the data sets.")
    with (folder / "items.jsonl").open(encoding="utf-8") as lines:
        items = tuple(json.loads(line) for line in lines if line.strip())
    events = _positives(folder / "events.csv", {str(item["item_id"]): n for n, item in enumerate(items)})
    people = tuple(sorted(events))
    return Dataset(
        name=name,
        items=items,
        people=people,
        histories=tuple(np.array(list(events[person]), dtype=np.int64) for person in people),
        rows=tuple(tuple(events[person].values()) for person in people),
    )


def _positives(path: Path, position: dict[str, int]) -> dict[str, dict[int, Row]]:
    """Per person: item position → its first positive event, in order of time."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["item_id"] in position]
    found = [row for row in rows if is_positive(row["kind"], row["value"])]
    found.sort(key=lambda row: row["occurred_at"])  # stable: equal and empty times keep the order of the file
    events: dict[str, dict[int, Row]] = {}
    for row in found:
        seen = events.setdefault(row["profile_id"], {})
        seen.setdefault(position[row["item_id"]], Row(row["kind"], row["value"], row["occurred_at"]))
    return events


def labels(item: dict[str, Any]) -> list[str]:
    """Categories, tags and brand of an item: the words that a visitor would name."""
    attributes = item.get("attributes") or {}
    brands = [str(attributes[key]) for key in BRAND_KEYS if attributes.get(key)]
    return [*(item.get("categories") or []), *(item.get("tags") or []), *brands]


def item_text(item: dict[str, Any]) -> str:
    """The text that the peers' vectors are made of."""
    parts = [str(item.get("title") or ""), ", ".join(labels(item)), str(item.get("description") or "")]
    return ". ".join(part.strip() for part in parts if part.strip())
