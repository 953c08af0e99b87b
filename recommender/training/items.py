"""A catalog's items as arrays: their texts, and their vectors in a space. Read in chunks, whole catalogs at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.derived import as_number
from catalog.models import Catalog
from recommender.models import Space
from recommender.plugins.types import Ids, Mask, Vectors
from recommender.training.streams import copied, row_type, selected

LONGEST_LABEL = 40
"""Characters. What is longer is a description, not a word that somebody would name."""
MOST_WORDS = 4
_VECTORS = "SELECT item_id, vector FROM item_vector WHERE space_id = {space}"
_ITEMS = """
    SELECT id, title, categories, tags, attributes, lexical, structured, text_hash, available,
        extract(epoch FROM published_at)::float8
    FROM catalog_item WHERE catalog_id = %(catalog)s ORDER BY id
"""


@dataclass(frozen=True)
class Items:
    """All n items of a catalog in the order of their ids; every column has n rows.

    `labels` are the words that a visitor would name: categories, tags and attributes such as brand or author.
    `lexical` and `structured` are packed as in `catalog.models.Item`; `published` is in seconds since 1970, NaN where
    unknown; `text_hashes` (n, 16) are the bytes of each text's hash.
    """

    ids: Ids
    titles: list[str]
    labels: list[list[str]]
    lexical: list[bytes]
    structured: list[bytes]
    text_hashes: NDArray[np.uint8]
    published: NDArray[np.float64]
    available: Mask

    def __len__(self) -> int:
        return len(self.ids)


def read_items(catalog: Catalog) -> Items:
    """Everything that learning needs of the items' texts."""
    known: dict[str, str] = {}  # a label that many items share is kept once
    ids: list[int] = []
    hashes: list[bytes] = []
    published: list[float] = []
    available: list[bool] = []
    titles: list[str] = []
    labels: list[list[str]] = []
    lexical: list[bytes] = []
    structured: list[bytes] = []
    for rows in selected(_ITEMS, {"catalog": catalog.pk}):
        for row in rows:
            ids.append(row[0])
            titles.append(row[1])
            labels.append([known.setdefault(one, one) for one in labels_of(row[2], row[3], _attributes(row[4]))])
            lexical.append(bytes(row[5]))
            structured.append(bytes(row[6]))
            hashes.append(row[7].bytes)
            available.append(row[8])
            published.append(np.nan if row[9] is None else row[9])
    return Items(
        ids=np.array(ids, dtype=np.int64),
        titles=titles,
        labels=labels,
        lexical=lexical,
        structured=structured,
        text_hashes=np.frombuffer(b"".join(hashes), dtype=np.uint8).reshape(len(ids), 16),
        published=np.array(published, dtype=np.float64),
        available=np.array(available, dtype=np.bool_),
    )


def labels_of(categories: Sequence[str], tags: Sequence[str], attributes: Mapping[str, Any]) -> list[str]:
    """Categories, tags and the short words among the attributes, each once."""
    found = [*categories, *tags]
    for key in sorted(attributes):
        values = attributes[key] if isinstance(attributes[key], list) else [attributes[key]]
        found += [one for value in values if isinstance(value, str) for one in value.split(",") if _is_name(one)]
    return [one for one in dict.fromkeys(label.strip() for label in found) if one]


def _is_name(value: str) -> bool:
    """Whether people would say it: a brand, an author, a colour; no address, no number, no sentence."""
    short = len(value) <= LONGEST_LABEL and 0 < len(value.split()) <= MOST_WORDS
    return short and "://" not in value and as_number(value) is None


def _attributes(value: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(value) if isinstance(value, str | bytes) else value
    return read


def read_vectors(space: Space, item_ids: Ids) -> Vectors:
    """(n, d) vectors of these items (ids ascending) in the space, zero where an item has none."""
    vectors = np.zeros((len(item_ids), space.dimension), dtype=np.float32)
    if not len(item_ids):
        return vectors
    for rows in copied(_VECTORS.format(space=int(space.pk)), {}, _halfvec_row(space.dimension)):
        ids = rows["item"].astype(np.int64)
        places = np.minimum(np.searchsorted(item_ids, ids), len(item_ids) - 1)
        ours = item_ids[places] == ids
        vectors[places[ours]] = rows["vector"]["halves"][ours]
    return vectors


def _halfvec_row(dimension: int) -> np.dtype[Any]:
    """An id and a halfvec: its dimension, an unused word, then the numbers."""
    halfvec = np.dtype([("dimension", ">i2"), ("unused", ">i2"), ("halves", ">f2", (dimension,))])
    return row_type(("item", ">i8"), ("vector", halfvec))
