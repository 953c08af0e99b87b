"""Cutting a data set into what a system may learn from and the questions that it is asked.

People: 20 % (at most 1,000) are never seen; of the others the last 20 % of events are held out.
Items: 15 % lose every event. Beside it, where there are times: everything after one moment is held out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.quality import sentences
from benchmarks.quality.data import Dataset, Integers

UNSEEN_PEOPLE, MOST_UNSEEN = 0.2, 1000
NEW_ITEMS = 0.15
HELD_OUT_EVENTS = 0.2
MOST_QUERIES = 1500
FIRST_EVENTS, SHORT_HISTORY, FIRST_EVENTS_OF_SHORT = 5, 7, 2


@dataclass(frozen=True)
class Question:
    """One request and its right answers; items are positions in the data set's ``items``."""

    segment: str
    person: int
    history: tuple[int, ...]
    exclude: tuple[int, ...]
    relevant: tuple[int, ...]
    text: str = ""

    @property
    def query_id(self) -> str:
        """Unique in one split."""
        return f"{self.segment}-{self.person}"


@dataclass(frozen=True)
class Split:
    """``train[p]``: the training history of each person (empty for the unseen), oldest first."""

    dataset: Dataset
    seed: int
    train: tuple[Integers, ...]
    questions: dict[str, list[Question]]
    by_time: bool = False
    name: str = ""

    @property
    def label(self) -> str:
        """Names the split: the folder, and the seed or ``time``."""
        return f"{self.dataset.slug}-{self.name or ('time' if self.by_time else self.seed)}"

    @cached_property
    def matrix(self) -> sparse.csr_array:
        """People × items, 1 where there is a training event."""
        lengths = [len(history) for history in self.train]
        columns = np.concatenate(self.train) if self.train else np.zeros(0, dtype=np.int64)
        shape = (len(self.train), len(self.dataset.items))
        return sparse.csr_array((np.ones(len(columns)), columns, np.cumsum([0, *lengths])), shape=shape)

    @cached_property
    def popularity(self) -> Integers:
        """Training events per item."""
        return np.bincount(self.matrix.indices, minlength=self.matrix.shape[1]).astype(np.int64)

    @cached_property
    def is_new(self) -> NDArray[np.bool_]:
        """Items without a training event."""
        return np.asarray(self.popularity == 0)


def everything(dataset: Dataset) -> Split:
    """All events to learn from, nothing to ask."""
    return Split(dataset, 0, dataset.histories, {}, name="all")


def allowed(cut: Split, question: Question) -> NDArray[np.bool_]:
    """Which items may be in the answer."""
    mask = cut.is_new.copy() if question.segment == "new_items" else np.ones(len(cut.dataset.items), dtype=bool)
    mask[list(question.exclude)] = False
    return mask


def make(dataset: Dataset, seed: int, most_queries: int = MOST_QUERIES) -> Split:
    """The split of one seed; the same seed gives the same split and the same sentences."""
    rng = np.random.default_rng(seed)
    unseen = _unseen_people(dataset, rng)
    new_items = _new_items(dataset, rng)
    train: list[Integers] = []
    held: list[Integers] = []
    for person, history in enumerate(dataset.histories):
        kept, later = _cut(history, new_items) if person not in unseen else (history[:0], history[:0])
        train.append(kept)
        held.append(later)
    return _asked(Split(dataset, seed, tuple(train), {}), sorted(unseen), held, rng, most_queries)


def make_by_time(dataset: Dataset, most_queries: int = MOST_QUERIES) -> Split:
    """One global cut: the last fifth of all events is held out, whoever came or appeared later is unseen or new."""
    moments = sorted(row.occurred_at for rows in dataset.rows for row in rows)
    moment = moments[int((1 - HELD_OUT_EVENTS) * len(moments))]
    later = [np.array([row.occurred_at >= moment for row in rows], dtype=bool) for rows in dataset.rows]
    train = tuple(history[~after] for history, after in zip(dataset.histories, later, strict=True))
    held = [history[after] for history, after in zip(dataset.histories, later, strict=True)]
    unseen = [p for p, kept in enumerate(train) if not len(kept) and len(held[p]) > FIRST_EVENTS_OF_SHORT]
    rng = np.random.default_rng(0)
    return _asked(Split(dataset, 0, train, {}, by_time=True), unseen[:MOST_UNSEEN], held, rng, most_queries)


def _asked(split: Split, unseen: list[int], held: list[Integers], rng: np.random.Generator, most: int) -> Split:
    """The same split with its questions."""
    asked = _unseen_questions(split.dataset, unseen, rng, most) | _known_questions(split, held, rng, most)
    return replace(split, questions=asked)


def _unseen_people(dataset: Dataset, rng: np.random.Generator) -> set[int]:
    """Only people with an event after the excluded ones can be asked about."""
    eligible = [p for p, history in enumerate(dataset.histories) if len(history) > FIRST_EVENTS_OF_SHORT]
    count = min(MOST_UNSEEN, int(UNSEEN_PEOPLE * len(dataset.people)), len(eligible))
    return {int(p) for p in rng.choice(np.array(eligible), size=count, replace=False)}


def _new_items(dataset: Dataset, rng: np.random.Generator) -> NDArray[np.bool_]:
    mask = np.zeros(len(dataset.items), dtype=bool)
    mask[rng.choice(len(mask), size=int(NEW_ITEMS * len(mask)), replace=False)] = True
    return mask


def _cut(history: Integers, new_items: NDArray[np.bool_]) -> tuple[Integers, Integers]:
    """A seen person's training events and held-out events (the last fifth, and everything on new items)."""
    old = history[~new_items[history]]
    later = round(HELD_OUT_EVENTS * len(old))
    kept = old[: len(old) - later]
    return kept, history[~np.isin(history, kept)]


def first_events(history: Integers) -> Integers:
    """The events that an unseen person may have shown: excluded from answers and right answers in all four columns."""
    return history[: FIRST_EVENTS_OF_SHORT if len(history) <= SHORT_HISTORY else FIRST_EVENTS]


def _unseen_questions(
    dataset: Dataset, people: list[int], rng: np.random.Generator, most: int
) -> dict[str, list[Question]]:
    asked = {segment: list[Question]() for segment in ("text0", "shot1", "shot2", "shot5")}
    for person in people[:most]:
        history = dataset.histories[person]
        first = tuple(first_events(history).tolist())
        relevant = tuple(history[len(first) :].tolist())
        text = sentences.write([dataset.items[n] for n in first], rng)
        asked["text0"].append(Question("text0", person, (), first, relevant, text))
        for shots in (1, 2, 5):
            segment = f"shot{shots}"
            asked[segment].append(Question(segment, person, first[:shots], first, relevant))
    return asked


def _known_questions(
    split: Split, held: list[Integers], rng: np.random.Generator, most: int
) -> dict[str, list[Question]]:
    asked = {"known": list[Question](), "new_items": list[Question]()}
    for segment, person, relevant in _candidates_for_known(split, held):
        history = tuple(split.train[person].tolist())
        asked[segment].append(Question(segment, person, history, history, tuple(relevant.tolist())))
    return {segment: _sample(questions, rng, most) for segment, questions in asked.items()}


def _candidates_for_known(split: Split, held: list[Integers]) -> Iterator[tuple[str, int, Integers]]:
    for person, later in enumerate(held):
        if not len(split.train[person]):
            continue
        fresh = later[split.is_new[later]]
        if len(later):
            yield "known", person, later
        if len(fresh):
            yield "new_items", person, fresh


def _sample(questions: list[Question], rng: np.random.Generator, most: int) -> list[Question]:
    if len(questions) <= most:
        return questions
    return [questions[n] for n in sorted(rng.choice(len(questions), size=most, replace=False))]
