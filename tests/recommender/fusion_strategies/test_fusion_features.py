from dataclasses import replace

import numpy as np
import pytest

from recommender.fusion_strategies.fusion_features import Layout, answerable, enough
from recommender.plugins.fusion_inputs import fusion_inputs
from recommender.plugins.training import TooLittleDataError
from tests.recommender.fusion_strategies.planted import planted, request

QUESTIONS = planted({"click": lambda e: e.z[:, 0]}, questions=10)
LAYOUT = Layout(QUESTIONS.columns)


@pytest.mark.parametrize("question", [0, 3])
def test_a_request_looks_as_its_question_did_in_training(question: int) -> None:
    rows = np.arange(QUESTIONS.starts[question], QUESTIONS.starts[question + 1])
    learned = LAYOUT.of_examples(QUESTIONS, rows)
    asked = LAYOUT.of_request(fusion_inputs(*request(QUESTIONS, question), LAYOUT.columns))
    assert learned.shape == asked.shape == (30, LAYOUT.width)
    assert learned.dtype == asked.dtype == np.float32
    alike = [*range(LAYOUT.width - 2)]  # the request's person has one event and no sentence
    np.testing.assert_allclose(asked[:, alike], learned[:, alike], atol=1e-5)
    np.testing.assert_allclose(asked[:, -2:], [[np.log(2), 0]] * 30, rtol=1e-6)


def test_shares_of_the_numbers_are_added_up_by_whose_they_are() -> None:
    layout = Layout(("a.s", "b.s"))
    shares = np.array([[1.0, 2.0, 10.0, 20.0, 100.0, 200.0, 300.0, 400.0]])
    found = dict(zip(layout.owners, layout.by_owner(shares)[0], strict=True))
    assert found == {"a.s": 11, "b.s": 22, "is_new": 100, "popularity_prior": 200, "constant": 700}
    assert [layout.owners[place] for place in layout.owner[-2:]] == ["constant", "constant"]


def test_a_number_that_never_varies_is_not_stretched() -> None:
    mean, scale = LAYOUT.moments(QUESTIONS, seed=0)
    assert scale[-4] == 1  # all items are known
    np.testing.assert_allclose(mean[:4], 0, atol=1e-5)
    np.testing.assert_allclose(scale[:4], 1, atol=1e-4)


def test_a_question_is_answerable_when_something_can_be_told_apart() -> None:
    labels = QUESTIONS.labels.copy()
    labels[QUESTIONS.question == 2] = 0
    labels[QUESTIONS.question == 5] = 1
    changed = replace(QUESTIONS, labels=labels)
    assert np.flatnonzero(~answerable(changed)).tolist() == [2, 5]


def test_without_a_column_there_is_nothing_to_learn_from() -> None:
    bare = planted({"click": lambda e: e.ln_people}, questions=3, columns=4)
    nothing = replace(bare, columns=())
    with pytest.raises(TooLittleDataError, match="needs a ranker"):
        enough(nothing, "mine")
