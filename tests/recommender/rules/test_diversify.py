from dataclasses import replace

import numpy as np

from recommender.plugins.testing.values import query, slate
from recommender.plugins.types import Profile, Slate
from recommender.rules.diversify import DiversifyRule, DiversifySettings

EAST, ALMOST_EAST, NORTH, UP = [1, 0, 0, 0], [1, 0.1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]
ALIKE = slate([10, 9, 8, 7, 6], np.array([EAST, EAST, ALMOST_EAST, NORTH, UP]))


def diversify(ranking: Slate, strength: float = 0.5, limit: int = 3) -> Slate:
    rule = DiversifyRule(DiversifySettings(strength=strength), "spread")
    return rule.apply(ranking, Profile(), query(limit))


def test_what_is_alike_is_spaced_out_and_the_first_stays() -> None:
    spread = diversify(ALIKE)
    assert spread.item_ids.tolist() == [1, 4, 5, 2, 3]
    assert [(hit.rule, hit.item_id, hit.effect) for hit in spread.hits] == [
        ("spread", 4, "moved from place 4 to 2"),
        ("spread", 5, "moved from place 5 to 3"),
    ]
    np.testing.assert_array_equal(spread.scores, [10, 7, 6, 9, 8])


def test_strength_weighs_difference_against_the_score() -> None:
    assert diversify(ALIKE, strength=0) is ALIKE
    assert diversify(ALIKE, strength=0.05).item_ids.tolist() == [1, 2, 3, 4, 5]
    assert diversify(ALIKE, strength=1).item_ids.tolist()[0] == 1


def test_it_is_marginal_relevance_item_by_item() -> None:
    draw = np.random.default_rng(5)
    scores = np.sort(draw.random(120))[::-1]
    ranking = slate(scores, draw.normal(size=(120, 4)))
    F, limit, strength = ranking.candidates.features.vectors["text"][:100].astype(float), 40, 0.4
    relevance = (scores[:100] - scores[99]) / (scores[0] - scores[99])
    chosen = [0]
    while len(chosen) < limit:
        worth = (1 - strength) * relevance - strength * (F @ F[chosen].T).max(axis=1)
        worth[chosen] = -np.inf
        chosen.append(int(np.argmax(worth)))
    spread = diversify(ranking, strength, limit)
    assert (spread.item_ids[:limit] - 1).tolist() == chosen
    assert sorted(spread.item_ids.tolist()) == ranking.item_ids.tolist()


def test_items_beyond_the_window_stay_below() -> None:
    ranking = slate(np.arange(150, 0, -1), np.tile(EAST, (150, 1)))
    assert diversify(ranking).item_ids.tolist() == ranking.item_ids.tolist()


def test_items_without_a_row_or_a_vector_are_like_no_other() -> None:
    outside = replace(ALIKE, rows=np.array([0, 1, -1, 3, 4], dtype=np.int64))
    assert 3 in diversify(outside).item_ids[:3].tolist()


def test_too_little_to_space_out() -> None:
    for ranking in (slate([]), slate([1.0]), slate([2.0, 1.0])):
        assert diversify(ranking) is ranking


def test_a_space_that_the_items_lack_leaves_the_slate() -> None:
    rule = DiversifyRule(DiversifySettings(space="other"))
    assert rule.apply(ALIKE, Profile(), query()) is ALIKE
