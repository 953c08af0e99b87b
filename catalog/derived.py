"""What matching needs of an item, computed from its fields on every write.

`item_text` is what an encoder reads; `lexical_weights` are the term frequencies of the tf-idf match;
`structured_tokens` the categories, tags and attributes that two items may share.
"""

from __future__ import annotations

import hashlib
import math
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np

from catalog.terms import terms

DESCRIPTION_WORDS = 120


@dataclass(frozen=True, slots=True)
class ItemFields:
    """The fields of an item that its text, hash and tokens are made from."""

    title: str
    description: str = ""
    categories: Sequence[str] = ()
    tags: Sequence[str] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    price: float | None = None


@dataclass(frozen=True, slots=True)
class Derived:
    """The derived columns of one item, named as in `catalog.models.Item`."""

    text_hash: uuid.UUID
    terms: list[str]
    lexical: bytes
    structured: bytes


def derive(fields: ItemFields) -> Derived:
    """All derived columns of an item."""
    weights = lexical_weights(fields)
    return Derived(text_hash(item_text(fields)), sorted(weights), pack(weights), pack_ids(structured_tokens(fields)))


def item_text(fields: ItemFields) -> str:
    """The one text of an item: what is hashed, encoded and compared. Empty parts leave no trace."""
    parts = [fields.title.rstrip(" .") + ".", fields.description.strip()]
    parts += [", ".join(values) + "." for values in (fields.categories, fields.tags) if values]
    parts += [f"{key}: {value}." for key, value in text_attributes(fields.attributes)]
    return " ".join(part for part in parts if part)


def text_hash(text: str) -> uuid.UUID:
    """128 bits of SHA-256, kept as a UUID because Postgres compares and indexes those well."""
    return uuid.UUID(bytes=hashlib.sha256(text.encode()).digest()[:16])


def text_attributes(attributes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Attributes whose values are words, in key order; numbers and flags say nothing as text."""
    found: list[tuple[str, str]] = []
    for key in sorted(attributes):
        values = attributes[key] if isinstance(attributes[key], list) else [attributes[key]]
        words = [value for value in values if isinstance(value, str) and as_number(value) is None and value.strip()]
        if words:
            found.append((key, ", ".join(words)))
    return found


def lexical_weights(fields: ItemFields) -> dict[str, float]:
    """Term → 1 + ln(count), counted twice in the title and half in the first words of the description."""
    counts: Counter[str] = Counter()
    parts: list[tuple[float, Iterable[str]]] = [
        (2.0, terms(fields.title)),
        (1.0, terms(" ".join((*fields.categories, *fields.tags)))),
        (1.0, terms(" ".join(value for _, value in text_attributes(fields.attributes)))),
        (0.5, terms(fields.description)[:DESCRIPTION_WORDS]),
    ]
    for weight, words in parts:
        for word in words:
            counts[word] += weight  # type: ignore[assignment]  # a Counter holds floats as well as ints
    return {word: 1.0 + math.log(count) for word, count in counts.items()}


def structured_tokens(fields: ItemFields) -> set[str]:
    """Categories, tags and attributes as tokens; numbers fall into two overlapping buckets each."""
    tokens = {f"category={value.casefold()}" for value in fields.categories}
    tokens |= {f"tag={value.casefold()}" for value in fields.tags}
    for key, value in fields.attributes.items():
        for one in value if isinstance(value, list) else [value]:
            tokens |= _attribute_tokens(key, one)
    if fields.price is not None:
        tokens |= _price_tokens(fields.price)
    return tokens


def _attribute_tokens(key: str, value: Any) -> set[str]:
    number = as_number(value)
    if number is not None:
        return {f"{key}~{math.floor(number / 10)}", f"{key}~{math.floor((number + 5) / 10)}+"}
    return {f"{key}={str(value).casefold()}"} if isinstance(value, str | bool) else set()


def _price_tokens(price: float) -> set[str]:
    """Octaves: a price shares a bucket with those between half and twice of it."""
    octave = math.log2(max(price, 0.01))
    return {f"price~{math.floor(octave)}", f"price~{math.floor(octave + 0.5)}+"}


def as_number(value: Any) -> float | None:
    """The value as a finite number, also when it was written as text; None for all else, flags included."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def term_id(term: str) -> int:
    """A stable 32-bit id of a term or token; collisions are rare and only blur a score."""
    return crc32(term.encode())


def pack(weights: Mapping[str, float]) -> bytes:
    """n little-endian uint32 ids, then n float32 weights, in id order."""
    pairs = sorted((term_id(term), weight) for term, weight in weights.items())
    ids = np.array([pair[0] for pair in pairs], dtype="<u4")
    return ids.tobytes() + np.array([pair[1] for pair in pairs], dtype="<f4").tobytes()


def pack_ids(tokens: Iterable[str]) -> bytes:
    """n little-endian uint32 ids, sorted."""
    return np.array(sorted({term_id(token) for token in tokens}), dtype="<u4").tobytes()
