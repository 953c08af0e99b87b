"""What new items are worth is found again in simulated clicks, and few clicks correct little."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.fusion_strategies.learned_linear import LearnedLinearFusion, LearnedLinearSettings
from recommender.fusion_strategies.uptake import SEGMENT, newcomers_offset
from recommender.plugins.testing.training import examples
from recommender.plugins.training import FusionExamples, Training


def clicked(offset: float, questions: int = 600, seed: int = 0) -> tuple[FusionExamples, np.ndarray]:
    """Recorded answers of 30 items, one chosen by its score, new items by so much more; and the scores."""
    draw = np.random.default_rng(seed)
    made = examples(questions=questions, seed=seed)
    scores = draw.normal(size=len(made.item_rows))
    utility = 2 * (scores + offset * made.is_new) + draw.gumbel(size=len(scores))
    labels = np.zeros_like(made.labels)
    labels[np.arange(questions) * 30 + utility.reshape(questions, 30).argmax(axis=1)] = 1
    recorded = replace(
        made, labels=labels, segments=np.full(questions, 2, dtype=np.int8), segment_names=("text0", "shot5", SEGMENT)
    )
    return recorded, scores


@pytest.mark.parametrize("offset", [-0.8, 0.0, 0.7])
def test_the_planted_worth_of_new_items_is_found(offset: float) -> None:
    assert newcomers_offset(*clicked(offset)) == pytest.approx(offset, abs=0.12)


def test_few_answers_correct_little_and_too_few_nothing() -> None:
    many, some = newcomers_offset(*clicked(0.7)), newcomers_offset(*clicked(0.7, questions=60))
    assert 0 < some < many
    assert newcomers_offset(*clicked(0.7, questions=40)) == 0.0


def test_simulated_questions_say_nothing_of_it() -> None:
    made = examples(questions=300)
    assert newcomers_offset(made, made.z[:, 0].astype(np.float64)) == 0.0


def test_a_click_weighs_its_inverse_propensity() -> None:
    recorded, scores = clicked(0.0)
    chosen_new = (recorded.positive > 0) & (recorded.is_new > 0)
    rarely_seen = replace(recorded, weights=np.where(chosen_new, 5, 1).astype(np.float32))
    assert newcomers_offset(rarely_seen, scores) > newcomers_offset(recorded, scores) + 0.3


def test_the_learned_model_carries_the_offset_unless_told_not_to() -> None:
    recorded, _ = clicked(1.5)
    kept, corrected = (LearnedLinearFusion(LearnedLinearSettings(calibrated=one)) for one in (False, True))
    for fusion in (kept, corrected):
        fusion.fit(recorded, Training(seed=1))
    lift = corrected._model.scores(recorded) - kept._model.scores(recorded)
    new, old = lift[recorded.is_new > 0], lift[recorded.is_new == 0]
    assert np.ptp(new) < 1e-6
    assert np.ptp(old) < 1e-6
    offset = newcomers_offset(recorded, kept._model.scores(recorded))
    assert abs(offset) > 0.01
    assert new.mean() - old.mean() == pytest.approx(offset, rel=1e-6)
