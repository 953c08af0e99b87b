"""What a fusion that learns is given: the columns it was trained on in their order, facts, P and F."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.plugins.fusion_inputs import fusion_inputs, item_vectors, person_vector
from recommender.plugins.standardise import standardise
from recommender.plugins.testing.values import NOBODY, floats, scored, space, town
from recommender.plugins.types import History, Profile, SpaceProfile, Vectors

ITEMS, ANNA = town()
SCORED = scored(ANNA, ITEMS)
NAMES = tuple(SCORED.columns)[:3]
EAST, NORTH = floats([1, 0, 0]), floats([0, 1, 0])


def person(sentence: Vectors | None, *history: Vectors) -> Profile:
    """Somebody with this sentence, who chose items with these vectors."""
    rows = np.stack(history) if history else np.empty((0, 3), dtype=np.float32)
    past = History(np.arange(1, len(rows) + 1), np.ones(len(rows), dtype=np.float32), ("click",) * len(rows))
    own = SpaceProfile(space(dimension=3), sentence, rows)
    return replace(NOBODY, text="" if sentence is None else "something", history=past, spaces={"text": own})


def test_columns_come_in_the_order_of_the_training() -> None:
    asked = NAMES[::-1]
    inputs = fusion_inputs(ANNA, SCORED, asked)
    plain = standardise(ANNA, SCORED, NAMES)
    assert inputs.columns == asked
    np.testing.assert_array_equal(inputs.z, plain.z[::-1])
    np.testing.assert_array_equal(inputs.places, plain.places[::-1])


def test_a_column_that_is_gone_says_nothing_and_the_others_stay_in_their_places() -> None:
    inputs = fusion_inputs(ANNA, SCORED, (NAMES[0], "gone.score", NAMES[1]))
    plain = standardise(ANNA, SCORED, NAMES[:2])
    assert not inputs.z[1].any()
    assert not inputs.places[1].any()
    np.testing.assert_array_equal(inputs.z[[0, 2]], plain.z)


def test_the_facts_are_those_of_the_candidates_alone() -> None:
    inputs = fusion_inputs(ANNA, SCORED, NAMES)
    people = SCORED.features.people[: len(SCORED)]
    assert len(SCORED) < len(SCORED.features)
    np.testing.assert_array_equal(inputs.is_new, people == 0)
    np.testing.assert_allclose(inputs.ln_people, np.log1p(people))
    assert (inputs.events, inputs.has_text) == (ANNA.events, float(ANNA.has_text))


def test_no_columns_and_no_candidates_are_no_error() -> None:
    assert fusion_inputs(ANNA, SCORED, ()).z.shape == (0, len(SCORED))
    nothing = replace(SCORED, size=0)
    assert fusion_inputs(ANNA, nothing, NAMES).z.shape == (3, 0)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (person(EAST), EAST),
        (person(None, NORTH), NORTH),
        (person(None, NORTH, EAST), floats([1, 1, 0]) / np.float32(np.sqrt(2))),
        (person(None, NORTH, floats([0, 0, 0])), NORTH),
        (person(None), None),
        (NOBODY, None),
    ],
    ids=["sentence", "one event", "two events", "an item without a vector", "nothing", "no space"],
)
def test_p_is_what_is_known(who: Profile, expected: Vectors | None) -> None:
    found = person_vector(who)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_p_blends_sentence_and_behaviour_by_their_share() -> None:
    few, many = person(EAST, NORTH), person(EAST, *[NORTH] * 30)
    for who in (few, many):
        found = person_vector(who)
        assert found is not None
        assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5)
        share = who.sentence_share
        assert found[0] / found[1] == pytest.approx(share / (1 - share), rel=1e-4)
    assert few.sentence_share > many.sentence_share


def test_f_is_of_the_candidates_in_the_first_text_space() -> None:
    rows = item_vectors(ANNA, SCORED)
    own = ANNA.space()
    assert rows is not None
    assert own is not None
    np.testing.assert_array_equal(rows, SCORED.features.whitened[own.space.key][: len(SCORED)])
    assert item_vectors(NOBODY, SCORED) is None
