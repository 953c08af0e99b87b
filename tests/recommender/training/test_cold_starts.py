"""Cuts of training data: nothing held out is learned from, and the questions ask for what was held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest

from recommender.plugins.testing.training import village
from recommender.plugins.training import TrainingData
from recommender.plugins.types import Mask
from recommender.training.cold_starts import (
    FEWEST_EVENTS_OF_UNSEEN,
    HELD_OUT_EVENTS,
    HISTORY,
    NEW_ITEMS,
    UNSEEN_PEOPLE,
    ColdStart,
    Question,
    cold_start,
    with_sentences,
)

DATA = village(people=300, items=160, new=40)
EVERYTHING = np.ones(DATA.size, dtype=np.bool_)
MOST = 1_000
"""More than there are."""
SHOTS = {"text0": 0, "shot1": 1, "shot2": 2, "shot5": 5}


def written(rows: Sequence[int], rng: np.random.Generator) -> str:
    """Names the items, so that it can be told what a sentence was written from."""
    return " ".join(str(row) for row in rows)


def made(data: TrainingData = DATA, seed: int = 0, most: int = MOST, inside: Mask = EVERYTHING) -> ColdStart:
    """A cut."""
    return cold_start(data, inside, written, seed, most)


def of(cut: ColdStart, *segments: str) -> list[Question]:
    """The questions of these segments."""
    return [one for one in cut.questions if one.segment in segments]


CUT = made()
UNSEEN = sorted({one.person for one in of(CUT, *SHOTS)})


def lost(cut: ColdStart, data: TrainingData = DATA) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """The items that have no event any more."""
    return np.flatnonzero(data.known & ~cut.data.known)


def test_of_the_unseen_nothing_is_learned() -> None:
    able = np.count_nonzero(np.diff(DATA.starts) >= FEWEST_EVENTS_OF_UNSEEN)
    assert len(UNSEEN) == pytest.approx(UNSEEN_PEOPLE * able, abs=1)
    for person in UNSEEN:
        assert not len(CUT.data.history(person))


def test_of_the_lost_items_nothing_is_learned() -> None:
    chosen = lost(CUT)
    assert len(chosen) >= int(NEW_ITEMS * DATA.known.sum())
    assert not np.isin(CUT.data.items, chosen).any()
    assert CUT.inside[chosen].all()


def test_everybody_keeps_their_place_and_the_beginning_of_what_they_chose() -> None:
    assert CUT.data.people == DATA.people
    np.testing.assert_array_equal(CUT.data.item_ids, DATA.item_ids)
    columns = ("items", "weights", "kinds", "times")
    assert len({len(getattr(CUT.data, name)) for name in columns} | {int(CUT.data.starts[-1])}) == 1
    gone = set(lost(CUT).tolist())
    for person in set(range(DATA.people)) - set(UNSEEN):
        old = [item for item in DATA.history(person).tolist() if item not in gone]
        kept = CUT.data.history(person).tolist()
        assert kept == old[: len(kept)]
        assert 0 <= len(old) - len(kept) <= round(HELD_OUT_EVENTS * len(DATA.history(person)))
    seen = np.isin(np.repeat(np.arange(DATA.people), np.diff(DATA.starts)), UNSEEN, invert=True)
    events = np.count_nonzero(seen & ~np.isin(DATA.items, lost(CUT)))
    assert 1 - len(CUT.data.items) / events == pytest.approx(HELD_OUT_EVENTS, abs=0.05)


def test_weights_and_kinds_stay_with_their_events() -> None:
    numbered = replace(
        DATA,
        weights=DATA.items.astype(np.float32),
        kinds=(DATA.items % 7).astype(np.int8),
        times=DATA.items.astype(np.float64),
        kind_names=tuple("abcdefg"),
    )
    cut = made(numbered)
    for values in (cut.data.weights, cut.data.times):
        np.testing.assert_array_equal(values, cut.data.items)
    np.testing.assert_array_equal(cut.data.kinds, cut.data.items % 7)
    for question in cut.questions:
        np.testing.assert_array_equal(question.weights, question.history)
        np.testing.assert_array_equal(question.kinds, question.relevant % 7)


def test_no_question_holds_its_answer() -> None:
    assert {one.segment for one in CUT.questions} == {*SHOTS, "known", "new_items"}
    for one in CUT.questions:
        shown, right = set(one.history.tolist()), set(one.relevant.tolist())
        assert right
        assert not shown & right
        assert not set(one.excluded.tolist()) & right
        assert shown <= set(one.excluded.tolist())
        assert right <= set(DATA.history(one.person).tolist())
        learned = set(CUT.data.history(one.person).tolist())
        assert not learned & right
        assert CUT.inside[one.relevant].all()


def test_the_unseen_ask_with_a_sentence_and_after_their_first_events() -> None:
    for one in of(CUT, *SHOTS):
        history = DATA.history(one.person).tolist()
        first = history[: 2 if len(history) <= 7 else 5]
        assert one.history.tolist() == first[: SHOTS[one.segment]][::-1]
        assert one.relevant.tolist() == history[len(first) :]
        assert one.text == (written(first[:3], np.random.default_rng()) if one.segment == "text0" else "")
        assert not one.among_new


def test_the_known_ask_for_what_they_chose_later() -> None:
    for one in of(CUT, "known", "new_items"):
        assert one.history.tolist() == CUT.data.history(one.person).tolist()[::-1][:HISTORY]
        assert one.text == ""
        missing = set(DATA.history(one.person).tolist()) - set(CUT.data.history(one.person).tolist())
        if one.segment == "known":
            assert set(one.relevant.tolist()) == missing
        else:
            assert one.among_new
            assert set(one.relevant.tolist()) == missing & set(lost(CUT).tolist())


@pytest.mark.parametrize("never", [40, 5])
def test_the_pool_of_new_items_stays_as_large_as_it_is(never: int) -> None:
    """Those that lost their events push out those that never had one: they cannot be right answers."""
    data = village(people=300, items=120 + never, new=never)
    inside = np.ones(data.size, dtype=np.bool_)
    cut = made(data, inside=inside)
    new = cut.inside & ~cut.data.known
    assert new.sum() == max(np.count_nonzero(~data.known), len(lost(cut, data)))
    assert cut.inside[data.known].all()


def test_items_outside_stay_outside() -> None:
    inside = EVERYTHING.copy()
    inside[-20:] = False
    cut = made(inside=inside)
    assert not cut.inside[-20:].any()


def test_a_cut_within_a_cut_knows_nothing_of_what_the_outer_one_holds_out() -> None:
    inner = made(CUT.data, seed=1, inside=CUT.inside)
    assert not set(UNSEEN) & {one.person for one in inner.questions}
    assert not inner.inside[~CUT.inside].any()
    for one in inner.questions:
        assert set(one.relevant.tolist()) <= set(CUT.data.history(one.person).tolist())
    for person in UNSEEN:
        assert not len(inner.data.history(person))
    assert not np.isin(inner.data.items, lost(CUT)).any()


def test_the_same_seed_gives_the_same_cut_and_another_one_does_not() -> None:
    again, other = made(), made(seed=1)
    assert len(again.questions) == len(CUT.questions)
    for ours, theirs in zip(CUT.questions, again.questions, strict=True):
        for column in fields(Question):
            np.testing.assert_array_equal(getattr(ours, column.name), getattr(theirs, column.name))
    np.testing.assert_array_equal(CUT.data.items, again.data.items)
    np.testing.assert_array_equal(CUT.inside, again.inside)
    assert not np.array_equal(CUT.data.items, other.data.items)


@pytest.mark.parametrize("most", [1, 12])
def test_no_segment_has_more_questions_than_wanted(most: int) -> None:
    cut = made(most=most)
    for segment in (*SHOTS, "known"):
        assert len(of(cut, segment)) <= most
        assert of(cut, segment) or most == 1
    assert len(of(cut, "new_items")) <= most
    assert len({one.person for one in of(cut, *SHOTS)}) <= most


def test_who_is_not_asked_keeps_their_events() -> None:
    """But those on lost items: what is fitted is like what goes live."""
    cut = made(most=12)
    gone = set(lost(cut).tolist())
    asked = {one.person for one in cut.questions}
    cut_short = [
        person
        for person in set(range(DATA.people)) - asked
        if cut.data.history(person).tolist() != [one for one in DATA.history(person).tolist() if one not in gone]
    ]
    assert len(cut_short) <= 0.5 * 12 + 1  # half as many again may be asked as there are questions


def test_where_nothing_can_be_said_nobody_asks_with_a_sentence() -> None:
    cut = cold_start(DATA, EVERYTHING, lambda rows, rng: "", 0, MOST)
    assert not of(cut, "text0")
    assert of(cut, "shot1")


def test_sentences_are_written_from_first_events_that_are_no_targets() -> None:
    sentences, texts = with_sentences(DATA, written, 0, 100)
    assert len(sentences) == len(texts) == 100
    assert all(one < two for one, two in pairwise(sentences.people.tolist()))
    for person, events, text in zip(sentences.people.tolist(), sentences.events.tolist(), texts, strict=True):
        history = DATA.history(person).tolist()
        assert 1 <= events <= min(3, len(history) - 1)
        assert text == written(history[:events], np.random.default_rng())
    assert with_sentences(DATA, written, 0, 100)[1] == texts
    assert with_sentences(DATA, written, 1, 100)[1] != texts
    assert with_sentences(DATA, lambda rows, rng: "", 0, 100)[1] == []
