"""Recorded answers that were clicked, as questions for a fusion: of what was shown, what was chosen is right.

A click tells of an item and of its place. Each clicked row weighs the inverse of how likely its place is looked at
(Joachims, Swaminathan and Schnabel, WSDM 2017); what nobody could see is no wrong answer, so only shown rows count. The
question knows the person as they were before the first of these clicks, and what is fitted for it has not seen what
came after.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from recommender.plugins.training import Rows, TooLittleDataError
from recommender.plugins.types import Floats
from recommender.training.cold_starts import CLICKED, HISTORY, ColdStart, Question, with_events
from recommender.training.examination import Log, examination
from recommender.training.recorded import read_answers
from recommender.training.snapshots import Snapshot

FEWEST_QUESTIONS, MOST_QUESTIONS = 50, 400
LEAST_EXAMINED = 0.1
"""A clicked row weighs ten shown ones at the most: rarer places would drown all others."""


def clicked_cut(snapshot: Snapshot, seed: int) -> ColdStart | None:
    """The newest clicked answers as a cut of everything, one per person; None while there are too few clicks."""
    rows, log = read_answers(snapshot.catalog)
    try:
        examined = examination(log)
    except TooLittleDataError:
        return None
    found = list(_questions(snapshot, rows, log, np.maximum(examined, LEAST_EXAMINED).astype(np.float32)))
    if len(found) < FEWEST_QUESTIONS:
        return None
    questions = tuple(question for question, _ in found)
    data = snapshot.data
    kept = np.ones(len(data.items), dtype=np.bool_)
    for question, first in found:
        kept[data.starts[question.person] + first : data.starts[question.person + 1]] = False
    return snapshot.prepared(ColdStart(with_events(data, kept), snapshot.shelf.available, questions), seed)


def _questions(
    snapshot: Snapshot, rows: list[tuple[Any, ...]], log: Log, examined: Floats
) -> Iterator[tuple[Question, int]]:
    """Each with the place in the person's history at which the answer was given."""
    person_of = {int(one): place for place, one in enumerate(snapshot.dataset.profile_ids) if one}
    asked: set[int] = set()
    for place in np.flatnonzero(log.clicked.any(axis=1)).tolist():  # newest first
        person = person_of.get(rows[place][1])
        if person is None or person in asked or len(asked) == MOST_QUESTIONS:
            continue
        question, first = _question(snapshot, person, rows[place], log, place, examined)
        if question is not None:
            asked.add(person)
            yield question, first


def _question(
    snapshot: Snapshot, person: int, row: tuple[Any, ...], log: Log, place: int, examined: Floats
) -> tuple[Question | None, int]:
    data, shelf = snapshot.data, snapshot.shelf
    there = log.shown[place] & np.isin(log.items[place], shelf.item_ids)
    shown = shelf.rows(log.items[place][there])
    chosen = shelf.rows(log.items[place][log.clicked[place] & there])
    history = data.history(person)
    places = np.flatnonzero(np.isin(history, chosen))
    text = str(row[5].get("text") or row[6] or "")
    first = int(places[0]) if len(places) else 0
    if not len(places) or not (first or text):
        return None, 0
    span = slice(data.starts[person], data.starts[person] + first)
    kinds = data.kinds[data.starts[person] + places]
    return (
        Question(
            CLICKED,
            person,
            history[:first][::-1][:HISTORY],
            data.weights[span][::-1][:HISTORY],
            _others(history[:first], shown),
            history[places],
            kinds,
            text,
            shown=shown,
            examined=examined[: log.items.shape[1]][there],
        ),
        first,
    )


def _others(history: Rows, shown: Rows) -> Rows:
    """What the person had chosen, without what was shown all the same: kinds that do not consume let it come back."""
    return history[~np.isin(history, shown)]
