from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.fusion_strategies import listwise
from recommender.fusion_strategies.listwise import Seen, Task, learn
from recommender.plugins.training import FusionExamples, Training
from tests.recommender.fusion_strategies.planted import planted

QUESTIONS = planted({"click": lambda e: e.z[:, 0] - e.z[:, 1]}, questions=64)


def plain(examples: FusionExamples) -> Task:
    """A weight for each number of a row."""
    import torch

    weights = {"w": torch.zeros(2 * len(examples.columns) + 4).requires_grad_()}

    def score(rows: Seen) -> Any:
        return (rows.x @ weights["w"])[:, None]

    return Task(weights, score, examples.positive[:, None], rate=1e-2)


def learned(examples: FusionExamples, seed: int = 0, questions: Any = None) -> np.ndarray[Any, Any]:
    """Its weights after a training."""
    chosen = np.arange(examples.questions) if questions is None else questions
    return learn("test", lambda: plain(examples), examples, chosen, Training(seed))["w"]


def test_it_finds_what_tells_right_from_wrong() -> None:
    w = learned(QUESTIONS)
    assert w[0] > 4 * np.abs(w[2:4]).max()
    assert w[1] < -4 * np.abs(w[2:4]).max()


def test_torch_is_left_as_it_was() -> None:
    import torch

    threads, chance = torch.get_num_threads(), torch.random.get_rng_state()
    learned(QUESTIONS)
    assert torch.get_num_threads() == threads
    assert torch.equal(chance, torch.random.get_rng_state())


def test_only_the_questions_given_are_learned_from() -> None:
    """The other half wants the opposite."""
    labels = QUESTIONS.labels.copy()
    odd = QUESTIONS.question % 2 == 1
    wanted = np.argsort(-(QUESTIONS.z[:, 1] - QUESTIONS.z[:, 0]).reshape(64, -1), axis=1)[:, :2]
    labels[odd] = 0
    rows = (QUESTIONS.starts[:-1, None] + wanted)[1::2].ravel()
    labels[rows] = 1
    mixed = replace(QUESTIONS, labels=labels)
    assert learned(mixed, questions=np.arange(0, 64, 2))[0] > 0.2
    assert learned(mixed, questions=np.arange(1, 64, 2))[0] < -0.2


def test_a_right_candidate_of_no_weight_teaches_nothing() -> None:
    """Such as one that was seen only because it stood first."""
    weights = np.where(QUESTIONS.positive > 0, 0.0, 1.0).astype(np.float32)
    assert np.abs(learned(replace(QUESTIONS, weights=weights))[:2]).max() < 0.25 * learned(QUESTIONS)[0]


def test_vectors_come_once_for_each_person_and_item() -> None:
    rows = np.array([0, 1, 40])
    (persons, of_person), (items, of_item) = Seen(QUESTIONS, rows).persons, Seen(QUESTIONS, rows).items
    assert len(persons) == 2
    np.testing.assert_allclose(items[of_item].numpy(), QUESTIONS.item_vectors[QUESTIONS.item_rows[rows]], rtol=1e-6)
    np.testing.assert_allclose(persons[of_person].numpy(), QUESTIONS.persons[[0, 0, 1]], rtol=1e-6)


@pytest.mark.parametrize("right", [1, 2])
def test_a_swap_is_worth_what_it_changes_of_dcg(right: int) -> None:
    """One question, three items: Σ over pairs |1/log2(2+i) - 1/log2(2+j)| · ln(1 + e^(s_wrong - s_right))."""
    import torch

    s = [2.0, 0.5, 1.0]
    y = [1.0, 1.0, 0.0] if right == 2 else [1.0, 0.0, 0.0]
    ranks = [0, 2, 1]
    expected = sum(
        abs(1 / np.log2(2 + ranks[i]) - 1 / np.log2(2 + ranks[j])) * np.log1p(np.exp(s[j] - s[i]))
        for i in range(right)
        for j in range(right, 3)
    )
    ones = torch.ones(1, 3)
    found = listwise._lambda(torch.tensor([s]), torch.tensor([y]), ones, ones.bool(), right)
    assert found.item() == pytest.approx(expected, rel=1e-5)
