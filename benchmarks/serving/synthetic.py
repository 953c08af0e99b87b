"""A catalog in clusters: items that share words, people with a taste for some clusters, sentences in a cluster's words.

Every cluster draws its words from a vocabulary of its own; the `hashing` encoder turns them into vectors, of items and
sentences alike. So text, full-text search, categories and vectors tell the same story, as in a real catalog, and the
sentence vectors are comparable with the item vectors because one encoder made both. Items of one cluster have a mean
cosine of about 0.4, others of about 0.05; cluster sizes follow a power law.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.serving.settings import Parameters
from catalog.derived import ItemFields, derive

Integers = NDArray[np.int64]
Floats64 = NDArray[np.float64]

SEED = 20_240
VOCABULARY = 40
SHARED_WORDS = 3_000
TITLE_WORDS, CLUSTER_WORDS, OTHER_WORDS, SENTENCE_WORDS = 4, 18, 6, 6
CLUSTERS_PER_GROUP = 10
START = datetime(2023, 1, 1, tzinfo=UTC)
DAYS = 1_000
KINDS = {"view": 0.2, "click": 0.6, "like": 0.14, "purchase": 0.06}
ITEM_COLUMNS = (
    "external_id", "title", "description", "categories", "tags", "attributes", "language", "url", "image_url", "price",
    "published_at", "available", "created_at", "updated_at", "text_hash", "terms", "lexical", "structured",
)  # fmt: skip


@dataclass(frozen=True)
class Histories:
    """Events as columns, oldest first for each person: who, which item (position), which kind (position)."""

    people: Integers
    items: Integers
    kinds: Integers


class World:
    """Everything synthetic, the same for the same parameters."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        rng = np.random.default_rng(SEED)
        shares = _zipf(parameters.clusters, 0.8)
        self.cluster: Integers = np.sort(rng.choice(parameters.clusters, size=parameters.items, p=shares))
        self.order: Integers = rng.permutation(parameters.items)  # neighbours in a cluster are no neighbours in a table
        self.cluster = self.cluster[np.argsort(self.order)]

    @cached_property
    def members(self) -> list[Integers]:
        """Items of each cluster, the popular ones first."""
        return [np.flatnonzero(self.cluster == one) for one in range(self.parameters.clusters)]

    def item_rows(self) -> Iterator[tuple[Any, ...]]:
        """Rows in the order of ITEM_COLUMNS, item 0 first."""
        rng = np.random.default_rng(SEED + 1)
        count = self.parameters.items
        own = rng.choice(VOCABULARY, size=(count, TITLE_WORDS + CLUSTER_WORDS), p=_zipf(VOCABULARY, 0.5))
        shared = rng.choice(SHARED_WORDS, size=(count, OTHER_WORDS), p=_zipf(SHARED_WORDS, 0.9))
        prices = np.round(np.exp(rng.normal(3.5, 1.0, count)), 2)
        ages, available = rng.uniform(0, DAYS, count), rng.random(count) < 0.95
        brands = rng.integers(0, 8, count)
        for item in range(count):
            cluster = int(self.cluster[item])
            words = [word(cluster, place) for place in own[item]] + [word(-1, place) for place in shared[item]]
            group = cluster // CLUSTERS_PER_GROUP
            fields = ItemFields(
                title=" ".join(words[:TITLE_WORDS]).capitalize(),
                description=" ".join(words[TITLE_WORDS:]),
                categories=[f"group{group}", f"kind{cluster}"],
                attributes={"brand": f"brand{group}x{brands[item]}"},
                price=float(prices[item]),
            )
            yield _item_row(item, fields, START + timedelta(days=float(ages[item])), bool(available[item]))

    def histories(self, most: int | None = None) -> Histories:
        """Who (of the first `most`) chose what: everybody has one to four clusters and chooses the popular there."""
        rng = np.random.default_rng(SEED + 2)
        parts = [self._choices(rng, count) for count in self._lengths(rng)[:most]]
        people = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        items = np.concatenate(parts)
        return Histories(people, items, rng.choice(len(KINDS), size=len(items), p=list(KINDS.values())))

    def tastes(self) -> list[int]:
        """A cluster of each asking person, for the sentence: the one of the newest item."""
        histories = self.histories(self.parameters.asking)
        last = np.flatnonzero(np.diff(histories.people, append=-1))
        return [int(self.cluster[histories.items[place]]) for place in last]

    def _lengths(self, rng: np.random.Generator) -> list[int]:
        asking, others = self.parameters.asking, self.parameters.profiles - self.parameters.asking
        left = max(self.parameters.events - asking * self.parameters.history, others)
        draws = rng.lognormal(0.0, 0.8, max(others, 0))
        lengths = np.maximum(1, np.round(draws * left / max(draws.sum(), 1.0))).astype(int)
        return [self.parameters.history] * asking + [int(length) for length in lengths]

    def _choices(self, rng: np.random.Generator, count: int) -> Integers:
        """`count` different items, or all of the person's clusters where these have fewer."""
        weights = np.array([len(one) for one in self.members], dtype=np.float64) ** 0.5
        clusters = rng.choice(len(weights), size=rng.integers(1, 5), replace=False, p=weights / weights.sum())
        pool = np.concatenate([self.members[one] for one in clusters])
        chance = np.concatenate([_zipf(len(self.members[one]), 0.7) for one in clusters if len(self.members[one])])
        count = min(count, len(pool))
        # The largest of log(p) + Gumbel noise: a weighted draw without repeats.
        keys = np.log(chance) + rng.gumbel(size=len(pool))
        return pool[np.argpartition(-keys, count - 1)[:count]]


def sentence(number: int, cluster: int) -> str:
    """What a person says who looks for something of the cluster."""
    rng = np.random.default_rng([SEED, 3, number])
    own = rng.choice(VOCABULARY, size=SENTENCE_WORDS, replace=False, p=_zipf(VOCABULARY, 0.5))
    return " ".join([word(-1, int(rng.integers(SHARED_WORDS))), *(word(cluster, place) for place in own)])


def word(cluster: int, place: int) -> str:
    """A made word of a cluster's vocabulary, or of the one that all share (-1): syllables that no stemmer shortens."""
    number, letters = (cluster + 1) * 10_000 + int(place), ""
    while number:
        number, digit = divmod(number, 48)
        letters += "bdfgklmnprtv"[digit % 12] + "aiou"[digit // 12]
    return letters + "k"


def _item_row(item: int, fields: ItemFields, published: datetime, available: bool) -> tuple[Any, ...]:
    derived = derive(fields)
    return (
        f"i{item}", fields.title, fields.description, list(fields.categories), [], dict(fields.attributes),
        "en", "", "", fields.price, published, available, published, published,
        derived.text_hash, derived.terms, derived.lexical, derived.structured,
    )  # fmt: skip


def _zipf(count: int, exponent: float) -> Floats64:
    weights = np.arange(1, count + 1, dtype=np.float64) ** -exponent
    return np.asarray(weights / weights.sum())
