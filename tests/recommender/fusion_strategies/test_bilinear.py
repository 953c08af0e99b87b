from dataclasses import replace

import numpy as np
import pytest

from recommender.fusion_strategies.bilinear import BilinearFusion, BilinearSettings
from recommender.plugins.testing import FusionStrategyContract
from recommender.plugins.training import FusionExamples, Training
from recommender.plugins.types import Profile
from tests.recommender.fusion_strategies.planted import fused, planted, quality, request
from tests.recommender.fusion_strategies.trained_contract import TrainedFusionContract


class TestBilinear(FusionStrategyContract):
    plugin = BilinearFusion


class TestTrainedBilinear(TrainedFusionContract):
    plugin = BilinearFusion
    method = "bilinear"


def opposites(e: FusionExamples) -> np.ndarray:
    """Who leans to the first trait wants items of the second, and the other way round; the scores know nothing."""
    person, item = e.persons[e.question], e.item_vectors[e.item_rows]
    return np.asarray(person[:, 0] * item[:, 1] - person[:, 1] * item[:, 0] + person[:, 2] * item[:, 3])


@pytest.fixture(scope="module")
def trained() -> dict[int, BilinearFusion]:
    """By rank, the model that learned the planted interaction; rank 0 is linear."""
    questions, found = planted({"click": opposites}), {}
    for rank in (0, 32):
        found[rank] = BilinearFusion(BilinearSettings(rank=rank))
        found[rank].fit(questions, Training())
    return found


def test_it_learns_which_people_go_with_which_items_where_a_linear_one_cannot(
    trained: dict[int, BilinearFusion],
) -> None:
    questions = planted({"click": opposites}, 100, seed=5)
    questions = replace(questions, item_vectors=planted({"click": opposites}).item_vectors)
    questions = replace(questions, labels=relabelled(questions))
    assert quality(trained[32], questions) > 0.85
    assert quality(trained[0], questions) < 0.4


def relabelled(questions: FusionExamples) -> np.ndarray:
    """Labels for people that were not in the training, over the items that were."""
    labels = np.zeros_like(questions.labels)
    utility = opposites(questions).reshape(questions.questions, -1)
    best = np.argsort(-utility, axis=1)[:, :2]
    labels[(questions.starts[:-1, None] + best).ravel()] = 1
    return labels


def test_the_interaction_has_a_share_of_its_own_and_a_strength(trained: dict[int, BilinearFusion]) -> None:
    questions = planted({"click": opposites}, 10, seed=5)
    plain = fused(trained[32], questions)
    double = BilinearFusion(BilinearSettings(strength=2.0))
    double.trained = trained[32].trained
    rows = np.argsort(plain.rows)
    other = fused(double, questions)
    again = np.argsort(other.rows)
    np.testing.assert_allclose(
        other.contributions["interaction"][again], 2 * plain.contributions["interaction"][rows], rtol=1e-5
    )


def test_of_nobody_the_interaction_says_nothing(trained: dict[int, BilinearFusion]) -> None:
    _, candidates = request(planted({"click": opposites}, 10, seed=5), 0)
    assert not trained[32].fuse(Profile(), candidates).contributions["interaction"].any()


def test_in_a_space_of_another_dimension_the_interaction_says_nothing(trained: dict[int, BilinearFusion]) -> None:
    questions = planted({"click": opposites}, 10, seed=5)
    narrower = replace(questions, persons=questions.persons[:, :4], item_vectors=questions.item_vectors[:, :4])
    assert not fused(trained[32], narrower).contributions["interaction"].any()


def test_a_column_counts_by_context() -> None:
    """People with a history are right by the first column, those with a sentence by the second."""

    def by_context(e: FusionExamples) -> np.ndarray:
        text = e.has_text[e.question]
        return (1 - text) * e.z[:, 0] + text * e.z[:, 1]

    plugin, questions = BilinearFusion(BilinearSettings(rank=0)), planted({"click": by_context})
    plugin.fit(questions, Training())
    assert plugin.trained is not None
    slopes = plugin.trained.slopes
    alone, with_sentence = slopes[:2, 0] + slopes[:2, 2] * np.log(6) / 3, slopes[:2, 0] + slopes[:2, 3]
    assert alone[0] > 3 * abs(alone[1])
    assert with_sentence[1] > 3 * abs(with_sentence[0])
