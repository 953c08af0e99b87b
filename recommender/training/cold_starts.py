"""Cold starts made from training data: people and items held out, and the questions that they ask.

The same cut serves twice: inner cuts give a fusion its examples, an outer one judges whole pipelines (the gate and the
scorecard). Never is anything judged on events that it was fitted on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.training import Rows, Sentences, TrainingData
from recommender.plugins.types import Floats, Mask

UNSEEN_PEOPLE = 0.2
FEWEST_EVENTS_OF_UNSEEN = 4
NEW_ITEMS = 0.15
HELD_OUT_EVENTS = 0.2
ASKERS = 1.5
"""Known people who can be asked, per question of a segment: not everybody has chosen a new item."""
FIRST_EVENTS, SHORT_HISTORY, FIRST_EVENTS_OF_SHORT = 5, 7, 2
ITEMS_OF_A_SENTENCE = 3
HISTORY = 50
"""So many of the newest events make a history, in training as in a request."""

CLICKED = "clicked"
"""The segment of recorded answers: they teach, and judge nothing."""

WriteSentence = Callable[[Sequence[int], np.random.Generator], str]
"""Positions of items → what somebody who likes them might have written; empty where nothing can be said."""


@dataclass(frozen=True)
class Question:
    """One request and its right answers. Items are positions, `history` newest first, `among_new` ranks new ones only.

    `weights` are those of the history's events, `kinds` the kinds of the events that made `relevant` right. Where the
    question is a recorded answer, `shown` are its items and `examined` how likely each one's place was looked at.
    """

    segment: str
    person: int
    history: Rows
    weights: Floats
    excluded: Rows
    relevant: Rows
    kinds: NDArray[np.int8]
    text: str = ""
    among_new: bool = False
    shown: Rows | None = None
    examined: Floats | None = None


@dataclass(frozen=True)
class ColdStart:
    """One cut: the data to fit on, the items that its catalog has, and the questions."""

    data: TrainingData
    inside: Mask
    questions: tuple[Question, ...]


def cold_start(data: TrainingData, inside: Mask, write: WriteSentence, seed: int, most: int) -> ColdStart:
    """A cut of the data with at most `most` questions per segment; the same seed gives the same cut.

    20 % of the people are unseen: asked with a sentence, and after their first 1, 2 and 5 events. 15 % of the items
    with events lose them all. Of the other people so many as are asked lose the last fifth of their events. Items that
    never had an event stay in the catalog (`inside`) only as far as its pool of new items needs them to be as large as
    it really is: none of them can be a right answer, and a larger pool would teach that new items are bad.
    """
    rng = np.random.default_rng(seed)
    unseen = _unseen(data, rng, most)
    new = _new_items(data, rng)
    kept, later = _cut(data, unseen, new, _askers(data, unseen, rng, most))
    part = with_events(data, kept)
    inside = _matched_pool(data, part, inside, rng)
    asked = [*_unseen_questions(data, unseen, write, rng), *_known_questions(data, kept, later, part.known, rng, most)]
    return ColdStart(part, inside, tuple(one for one in asked if len(one.relevant)))


def with_sentences(data: TrainingData, write: WriteSentence, seed: int, most: int) -> tuple[Sentences, list[str]]:
    """One sentence each for at most `most` of the people, without vectors yet, and the texts."""
    rng = np.random.default_rng(seed)
    able = np.flatnonzero(np.diff(data.starts) >= 2)
    people = np.sort(rng.permutation(able)[:most])
    rows, events, texts = [], [], []
    for person in people.tolist():
        history = data.history(person)
        used = min(ITEMS_OF_A_SENTENCE, len(history) - 1)
        if text := write(history[:used].tolist(), rng):
            rows.append(person)
            events.append(used)
            texts.append(text)
    return replace(Sentences(), people=np.array(rows, dtype=np.int64), events=np.array(events, dtype=np.int64)), texts


def _unseen(data: TrainingData, rng: np.random.Generator, most: int) -> Rows:
    able = np.flatnonzero(np.diff(data.starts) >= FEWEST_EVENTS_OF_UNSEEN)
    return np.sort(rng.permutation(able)[: min(most, int(UNSEEN_PEOPLE * len(able)))])


def _new_items(data: TrainingData, rng: np.random.Generator) -> Mask:
    known = np.flatnonzero(data.known)
    mask = np.zeros(data.size, dtype=np.bool_)
    mask[rng.permutation(known)[: int(NEW_ITEMS * len(known))]] = True
    return mask


def _askers(data: TrainingData, unseen: Rows, rng: np.random.Generator, most: int) -> Mask:
    """The known people who are asked (people,); the others keep their events: what is fitted is like what goes live."""
    able = np.diff(data.starts) >= 2
    able[unseen] = False
    chosen = np.zeros(data.people, dtype=np.bool_)
    chosen[rng.permutation(np.flatnonzero(able))[: int(ASKERS * most)]] = True
    return chosen


def _cut(data: TrainingData, unseen: Rows, new: Mask, askers: Mask) -> tuple[Mask, Mask]:
    """Which events are fitted on, and which are the right answers of the known people who are asked, both (e,)."""
    lengths = np.diff(data.starts)
    person = np.repeat(np.arange(data.people), lengths)
    hidden = np.zeros(data.people, dtype=np.bool_)
    hidden[unseen] = True
    seen = ~hidden[person]
    old = seen & ~new[data.items]
    # Place of each old event among its person's old events, and how many of them are kept.
    counted = np.cumsum(old)
    before = np.concatenate([[0], counted])[data.starts[:-1]]
    olds = np.bincount(person, weights=old, minlength=data.people).astype(np.int64)
    keep = olds - np.where(askers, np.rint(HELD_OUT_EVENTS * olds), 0).astype(np.int64)
    kept = old & (counted - 1 - before[person] < keep[person])
    return kept, seen & ~kept & askers[person]


def with_events(data: TrainingData, kept: Mask) -> TrainingData:
    """The data with these events only; everybody keeps their place."""
    person = np.repeat(np.arange(data.people), np.diff(data.starts))
    counts = np.bincount(person[kept], minlength=data.people)
    return replace(
        data,
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        items=data.items[kept],
        weights=data.weights[kept],
        kinds=data.kinds[kept],
        times=data.times[kept],
        sentences=Sentences(),
    )


def _matched_pool(data: TrainingData, part: TrainingData, inside: Mask, rng: np.random.Generator) -> Mask:
    never = np.flatnonzero(~data.known & inside)
    made = int(np.count_nonzero(data.known & ~part.known))
    staying = rng.permutation(never)[: max(len(never) - made, 0)]
    matched = data.known.copy()
    matched[staying] = True
    return matched


def _first_events(history: Rows) -> Rows:
    return history[: FIRST_EVENTS_OF_SHORT if len(history) <= SHORT_HISTORY else FIRST_EVENTS]


def _unseen_questions(
    data: TrainingData, unseen: Rows, write: WriteSentence, rng: np.random.Generator
) -> list[Question]:
    found = []
    for person in unseen.tolist():
        history = data.history(person)
        span = slice(data.starts[person], data.starts[person + 1])
        first = _first_events(history)
        relevant, of = history[len(first) :], data.kinds[span][len(first) :]
        if text := write(first[:ITEMS_OF_A_SENTENCE].tolist(), rng):
            found.append(Question("text0", person, first[:0], data.weights[:0], first, relevant, of, text))
        for shots in (1, 2, 5):
            shown, weights = first[:shots][::-1], data.weights[span][: min(shots, len(first))][::-1]
            found.append(Question(f"shot{shots}", person, shown, weights, first, relevant, of))
    return found


def _known_questions(
    data: TrainingData, kept: Mask, later: Mask, known: Mask, rng: np.random.Generator, most: int
) -> list[Question]:
    found = []
    able = _people_with(data, kept) & _people_with(data, later)
    for segment in ("known", "new_items"):
        asked = 0
        for person in rng.permutation(np.flatnonzero(able)).tolist():
            span = slice(data.starts[person], data.starts[person + 1])
            history, right = data.items[span][kept[span]], later[span]
            if segment == "new_items":
                right = right & ~known[data.items[span]]
            if not right.any():
                continue
            relevant, kinds = data.items[span][right], data.kinds[span][right]
            shown, weights = history[::-1][:HISTORY], data.weights[span][kept[span]][::-1][:HISTORY]
            new = segment == "new_items"
            found.append(Question(segment, person, shown, weights, history, relevant, kinds, among_new=new))
            asked += 1
            if asked == most:
                break
    return found


def _people_with(data: TrainingData, events: Mask) -> Mask:
    person = np.repeat(np.arange(data.people), np.diff(data.starts))
    return np.asarray(np.bincount(person[events], minlength=data.people) > 0)
