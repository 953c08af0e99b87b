"""Seeds, names a sentence may hold, and what each path weighs for a person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommender.plugins.relation_paths import (
    CERTAIN,
    RelationPaths,
    keep,
    kept,
    path_scores,
    path_weights,
    seed_ids,
    spoken_names,
)
from recommender.plugins.testing.values import anna, ben, floats
from recommender.plugins.types import History, Profile

ANYWHERE = [1, 0, 0, 0]


def paths(seeds: list[int], relations: tuple[str, ...] = ()) -> RelationPaths:
    """One path of strength 0.5 for each way."""
    size = len(seeds)
    return RelationPaths(
        item_ids=np.arange(1, size + 1, dtype=np.int64),
        ways=np.arange(size, dtype=np.int64),
        strengths=floats(np.full(size, 0.5)),
        heads=np.ones(size, dtype=np.bool_),
        seeds=np.array(seeds, dtype=np.int64),
        relations=relations or ("r",) * size,
        betweens=np.zeros(size, dtype=np.int64),
        names=("",) * size,
        forward=np.ones(size, dtype=np.bool_),
    )


def test_names_are_runs_of_words_in_lower_case_with_what_stands_between_them() -> None:
    names = spoken_names("Like Dr. No by TERENCE Young")
    assert {"dr. no", "terence young", "young", "like dr. no by terence young"} <= set(names)
    assert not {"by", "no", "dr", "like dr."} & set(names)


def test_chinese_names_need_no_spaces() -> None:
    names = spoken_names("沈怀瑾设计的")
    assert {"沈怀瑾", "沈怀", "沈怀瑾设计的"} <= set(names)
    assert "沈" not in names


def test_a_long_sentence_costs_no_more() -> None:
    assert len(spoken_names("word " * 5_000)) < 1_000
    assert spoken_names("") == []


def test_seeds_are_the_newest_items_and_the_first_anchors() -> None:
    history = np.arange(200, 150, -1)
    person = anna([ANYWHERE] * 50, item_ids=tuple(history.tolist()))
    person = replace(person, anchors=History(np.arange(1, 25, dtype=np.int64), floats(np.ones(24) / 24)))
    assert seed_ids(person).tolist() == [*range(1, 9), *range(189, 201)]


def test_the_history_speaks_newest_first() -> None:
    weights = path_weights(anna([ANYWHERE] * 2), paths([101, 102]), {}, decay=0.5)
    np.testing.assert_allclose(weights, [0.5 * 2 / 3, 0.5 / 3], atol=1e-6)
    ids, scores = path_scores(anna([ANYWHERE] * 2), paths([101, 102]), {}, decay=0.5)
    np.testing.assert_array_equal(ids, [1, 2])
    np.testing.assert_allclose(scores, weights, atol=1e-6)


def test_a_relation_counts_what_the_settings_say() -> None:
    weights = path_weights(anna([ANYWHERE]), paths([101, 101], ("director", "genre")), {"genre": 0.0, "director": 2.0})
    np.testing.assert_allclose(weights, [CERTAIN, 0.0], atol=1e-6)


def test_what_a_sentence_names_shares_its_weight_with_the_anchors() -> None:
    anchors = History(np.array([7], dtype=np.int64), floats([1]))
    person = ben(ANYWHERE, anchors=anchors)
    np.testing.assert_allclose(path_weights(person, paths([7]), {}), [0.5], atol=1e-6)
    np.testing.assert_allclose(path_weights(person, paths([7, 0, 33]), {}), [0.25, 0.125, 0.125], atol=1e-6)
    np.testing.assert_allclose(path_weights(ben(ANYWHERE), paths([0]), {}), [0.5], atol=1e-6)


def test_several_paths_from_one_seed_say_more_but_never_everything() -> None:
    both = replace(paths([101, 101, 102]), item_ids=np.array([5, 5, 5], dtype=np.int64))
    _, scores = path_scores(anna([ANYWHERE] * 2), both, {}, decay=1.0)
    np.testing.assert_allclose(scores, [0.5 * 0.75 + 0.5 * 0.5], atol=1e-6)


def test_what_the_sentence_stands_for_is_nearest_to_itself_and_the_history_is_not() -> None:
    anchors = History(np.array([7], dtype=np.int64), floats([1]))
    ids, scores = path_scores(ben(ANYWHERE, anchors=anchors), paths([7]), {})
    np.testing.assert_array_equal(ids, [1, 7])
    np.testing.assert_allclose(scores, [0.5, 1.0], atol=1e-6)
    assert path_scores(anna([ANYWHERE]), paths([101]), {})[0].tolist() == [1]


def test_nobody_and_nothing_weigh_nothing() -> None:
    assert path_weights(Profile(), RelationPaths(), {}).shape == (0,)
    assert path_weights(Profile(), paths([0]), {}).tolist() == [0]
    assert path_scores(Profile(), RelationPaths(), {})[0].tolist() == []
    assert path_scores(Profile(), paths([0]), {})[1].tolist() == [0]


def test_paths_are_kept_for_one_profile_alone() -> None:
    person, found = anna([ANYWHERE]), paths([101])
    assert keep(person, found) is found
    assert kept(person) is found
    assert kept(replace(person)) is None
