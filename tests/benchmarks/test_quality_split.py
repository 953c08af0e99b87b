"""Nothing that is asked for may have been learned from, and the first events are out of every answer."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.quality import split
from benchmarks.quality.data import Dataset, Row
from benchmarks.quality.split import Split
from recommender.training.metrics import SEGMENTS

UNSEEN_SEGMENTS = ("text0", "shot1", "shot2", "shot5")


@pytest.fixture(scope="module", params=[0, 1, 2])
def cut(town: Dataset, request: pytest.FixtureRequest) -> Split:
    return split.make(town, request.param)


def test_has_every_segment_and_questions_in_it(cut: Split) -> None:
    assert tuple(cut.questions) == SEGMENTS
    assert all(cut.questions[segment] for segment in SEGMENTS)


def test_unseen_people_have_no_training_event(cut: Split) -> None:
    for segment in UNSEEN_SEGMENTS:
        assert all(len(cut.train[q.person]) == 0 for q in cut.questions[segment])


def test_a_fifth_of_the_people_is_unseen(cut: Split) -> None:
    assert len({q.person for q in cut.questions["text0"]}) == len(cut.dataset.people) // 5


def test_training_events_are_never_relevant(cut: Split) -> None:
    for segment in ("known", "new_items"):
        for question in cut.questions[segment]:
            assert not set(question.relevant) & set(cut.train[question.person].tolist())


def test_training_and_held_out_events_make_the_whole_history(cut: Split) -> None:
    for question in cut.questions["known"]:
        history = set(cut.dataset.histories[question.person].tolist())
        assert set(cut.train[question.person].tolist()) | set(question.relevant) == history


def test_new_items_have_no_training_event_and_are_all_that_is_asked_for(cut: Split) -> None:
    assert cut.is_new.sum() >= int(0.15 * len(cut.dataset.items))
    assert cut.matrix[:, cut.is_new.nonzero()[0]].nnz == 0
    assert all(cut.is_new[list(q.relevant)].all() for q in cut.questions["new_items"])


def test_the_four_columns_of_an_unseen_person_ask_the_same(cut: Split) -> None:
    for questions in zip(*(cut.questions[segment] for segment in UNSEEN_SEGMENTS), strict=True):
        assert len({(q.person, q.exclude, q.relevant) for q in questions}) == 1


def test_first_five_events_are_excluded_or_two_of_a_short_history(cut: Split) -> None:
    for question in cut.questions["text0"]:
        history = cut.dataset.histories[question.person].tolist()
        first = 2 if len(history) <= 7 else 5
        assert (question.exclude, question.relevant) == (tuple(history[:first]), tuple(history[first:]))


def test_history_is_what_was_shown_and_no_more(cut: Split) -> None:
    for shots in (1, 2, 5):
        for question in cut.questions[f"shot{shots}"]:
            assert question.history == question.exclude[:shots]
            assert not set(question.history) & set(question.relevant)
    assert all(q.history == () for q in cut.questions["text0"])
    assert all(q.history == tuple(cut.train[q.person].tolist()) == q.exclude for q in cut.questions["known"])


def test_the_last_fifth_is_held_out_in_order() -> None:
    kept, later = split._cut(np.arange(10, dtype=np.int64), np.zeros(10, dtype=bool))
    assert (kept.tolist(), later.tolist()) == ([*range(8)], [8, 9])


def test_the_same_seed_gives_the_same_questions_and_another_seed_others(town: Dataset) -> None:
    assert split.make(town, 3).questions == split.make(town, 3).questions
    assert split.make(town, 3).questions != split.make(town, 4).questions


def test_questions_are_limited_per_segment(town: Dataset) -> None:
    cut = split.make(town, 0, most_queries=5)
    assert {len(questions) for questions in cut.questions.values()} == {5}


def test_by_time_nothing_learned_is_younger_than_anything_asked(town: Dataset) -> None:
    rows = tuple(
        tuple(Row("click", "1", f"2018-01-{(person + 2 * n) % 28 + 1:02d}") for n in range(len(history)))
        for person, history in enumerate(town.histories)
    )
    rows = tuple(tuple(sorted(person, key=lambda row: row.occurred_at)) for person in rows)
    cut = split.make_by_time(replace(town, rows=rows))
    moment = {p: dict(zip(h.tolist(), rows[p], strict=True)) for p, h in enumerate(town.histories)}
    learned = max(moment[p][n].occurred_at for p, kept in enumerate(cut.train) for n in kept.tolist())
    asked = [moment[q.person][n].occurred_at for qs in cut.questions.values() for q in qs for n in q.relevant]
    assert cut.questions["known"]
    assert learned < min(asked)
