"""Cold starts drawn from people's events: some are shown, others are to be found, sometimes beside a sentence.

What a model is asked later is a person's first event, or two, or five, and what came after; so it learns from that.
Shown are mostly a person's first events, not just any: on films this alone took the few-shot ranker's NDCG@20 after one
event from .26 to .32, where popularity has .30. Some draws are of any events, for people long known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.training import Rows, TooLittleDataError, TrainingData
from recommender.plugins.types import Mask

SHOWN = (0, 1, 2, 5)
"""How many events are shown; with the same chance as each of these, `SHARE` of them all."""
SHARE = 0.7
FIRST_ONES = 0.7
"""In how many draws the events shown are the person's first; in the others they are any."""
WITH_SENTENCE = 0.4
"""In how many draws a person's sentence is shown, where there is one."""
LEAST_PEOPLE, LEAST_ITEMS = 20, 20


@dataclass(frozen=True)
class Draws:
    """Some people, and flat over all their events: whose (e,), which item (e,), shown or not, to be found or not.

    `owner` points into `people` (b,) and ascends; `sentence` (b,) holds rows of the data's sentences, -1 for none.
    """

    people: Rows
    owner: Rows
    items: Rows
    shown: Mask
    sentence: Rows

    def __len__(self) -> int:
        return len(self.people)

    @property
    def wanted(self) -> Mask:
        """Events that are to be found: all that are not shown."""
        return ~self.shown

    def shares(self, power: float) -> NDArray[np.float32]:
        """What each event that is to be found weighs: one over a power of how many the person has."""
        owner = self.owner[self.wanted]
        counts = np.bincount(owner, minlength=len(self)).astype(np.float32)
        return np.asarray(counts[owner] ** -power / len(self), dtype=np.float32)


class ColdStarts:
    """Draws from one TrainingData, decided by the generator it is given.

    With `nobody`, some of whom nothing is known are among them: what they teach is what people like on the whole.
    """

    def __init__(self, data: TrainingData, draw: np.random.Generator, *, nobody: bool) -> None:
        self.data, self.draw, self.nobody = data, draw, nobody
        self.counts = np.diff(data.starts)
        self.usable = np.flatnonzero(self.counts > 1)
        known = int(data.known.sum())
        if len(self.usable) < LEAST_PEOPLE or known < LEAST_ITEMS:
            raise TooLittleDataError(
                f"{len(self.usable)} people with two events or more on {known} items; "
                f"at least {LEAST_PEOPLE} people and {LEAST_ITEMS} items are needed."
            )
        self._order = np.argsort(data.sentences.people, kind="stable")
        self._first = np.searchsorted(data.sentences.people[self._order], np.arange(data.people + 1))

    def epoch(self, most: int, size: int) -> Iterator[Draws]:
        """At most `most` people once each, in random order, `size` at a time."""
        people = self.draw.permutation(self.usable)[:most]
        for start in range(0, len(people), size):
            yield self._drawn(people[start : start + size])

    def _drawn(self, people: Rows) -> Draws:
        counts = self.counts[people]
        owner = np.repeat(np.arange(len(people)), counts)
        place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        items = self.data.items[self.data.starts[people][owner] + place]
        sentences, many = self._sentences(people), self._how_many(counts)
        if not self.nobody:
            many = np.where(sentences < 0, np.maximum(many, 1), many)
        shown = self._rank(owner, place, len(people)) < many[owner]
        return Draws(people, owner, items, shown, sentences)

    def _rank(self, owner: Rows, place: Rows, people: int) -> Rows:
        """In which order a person's events are shown: as they came, or at random."""
        in_order = (self.draw.random(people) < FIRST_ONES)[owner]
        order = np.lexsort((np.where(in_order, place, self.draw.random(len(owner))), owner))
        rank = np.empty(len(owner), dtype=np.int64)
        rank[order] = place
        return rank

    def _how_many(self, counts: Rows) -> Rows:
        kind = self.draw.integers(0, len(SHOWN) + 1, len(counts))
        fixed = np.array([*SHOWN, 0])[kind]
        wanted = np.where(kind == len(SHOWN), np.ceil(SHARE * counts).astype(np.int64), fixed)
        return np.asarray(np.minimum(wanted, counts - 1), dtype=np.int64)

    def _sentences(self, people: Rows) -> Rows:
        """A row of each person's sentences by chance, -1 for those without and those who say nothing this time."""
        first, last = self._first[people], self._first[people + 1]
        speaks = (self.draw.random(len(people)) < WITH_SENTENCE) & (last > first)
        chosen = first + (self.draw.random(len(people)) * (last - first)).astype(np.int64)
        rows = np.full(len(people), -1, dtype=np.int64)
        rows[speaks] = self._order[chosen[speaks]]
        return rows
