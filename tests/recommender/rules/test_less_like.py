"""Items like the disliked ones sink, and say why. Vectors: a is the disliked direction, b the liked one."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.plugins import data
from recommender.plugins.testing.values import floats, query, slate, space, unit_rows
from recommender.plugins.types import Floats, History, Ids, Profile, Slate, SpaceInfo, SpaceProfile
from recommender.rules.less_like import LessLikeRule, LessLikeSettings

DISLIKED, LIKED = 901, 902
ITEMS = {
    "alike": [1.0, 0, 0, 0],
    "near": [0.7, 0, 0.7, 0],
    "both": [0.7, 0.7, 0, 0],
    "liked": [0, 1.0, 0, 0],
    "other": [0, 0, 1.0, 0],
    "far": [0, 0, 0, 1.0],
}
NAMES = list(ITEMS)


@pytest.fixture(autouse=True)
def stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two items of the past, by their vectors and titles."""
    known = {DISLIKED: unit_rows([[1, 0, 0, 0]])[0], LIKED: unit_rows([[0, 1, 0, 0]])[0]}

    def vectors(in_space: SpaceInfo, item_ids: Ids) -> Floats:
        return np.stack([known[one] for one in item_ids.tolist()])

    monkeypatch.setattr(data, "vectors", vectors)
    monkeypatch.setattr(data, "titles", lambda ids: {one: (f"i{one}", f"Item {one}") for one in ids.tolist()})


def person(*disliked: int, weight: float = 2.0, likes: bool = False, sentence: Floats | None = None) -> Profile:
    history = unit_rows([[0, 1, 0, 0]]) if likes else np.empty((0, 4), np.float32)
    return Profile(
        spaces={"text": SpaceProfile(space(), sentence, history)},
        disliked=History(np.array(disliked, dtype=np.int64), floats([weight] * len(disliked)), ("less",)),
    )


def ranking() -> Slate:
    return slate([6, 5, 4, 3, 2, 1], list(ITEMS.values()))


def ruled(profile: Profile, before: Slate | None = None, **settings: Any) -> Slate:
    return LessLikeRule(LessLikeSettings(**settings), "less").apply(
        ranking() if before is None else before, profile, query()
    )


def names(of: Slate) -> list[str]:
    return [NAMES[item_id - 1] for item_id in of.item_ids.tolist()]


def losses(of: Slate) -> dict[str, float]:
    return dict(zip(names(of), (-of.contributions["less"]).tolist(), strict=True))


def test_the_same_text_loses_the_whole_strength_and_others_in_proportion() -> None:
    lowered = ruled(person(DISLIKED))
    lost = losses(lowered)
    assert lost["alike"] == pytest.approx(3.0 * float(ranking().scores.std()), rel=1e-5)
    assert lost["alike"] > lost["near"] > 0
    assert lost["liked"] == lost["other"] == lost["far"] == 0
    assert names(lowered).index("alike") > names(lowered).index("liked")
    np.testing.assert_allclose(np.sum(list(lowered.contributions.values()), axis=0), lowered.scores, rtol=1e-5)


def test_every_item_that_sank_says_which_one_it_is_like() -> None:
    hits = {NAMES[hit.item_id - 1]: hit.effect for hit in ruled(person(DISLIKED)).hits}
    assert set(hits) == {"alike", "near", "both"}
    assert hits["alike"] == "score lowered by 5.12: like “Item 901”, disliked"


@pytest.mark.parametrize("told", ["history", "sentence"])
def test_what_is_as_near_to_what_the_person_wants_stays(told: str) -> None:
    wanted = person(DISLIKED, likes=True) if told == "history" else person(DISLIKED, sentence=floats([0, 1, 0, 0]))
    assert losses(ruled(wanted))["both"] < losses(ruled(person(DISLIKED)))["both"]
    assert losses(ruled(wanted))["alike"] == losses(ruled(person(DISLIKED)))["alike"]


def test_a_hint_counts_less_than_a_word() -> None:
    assert 0 < losses(ruled(person(DISLIKED, weight=0.5)))["alike"] < 0.3 * losses(ruled(person(DISLIKED)))["alike"]


def test_the_nearest_disliked_item_counts_once() -> None:
    twice = person(DISLIKED, DISLIKED)
    assert losses(ruled(twice)) == losses(ruled(person(DISLIKED)))


def test_the_order_of_earlier_rules_stays_among_the_others() -> None:
    order = [3, 0, 5, 4, 1, 2]  # liked, alike, far, other, near, both
    lowered = names(ruled(person(DISLIKED), ranking().take(order), strength=3))
    assert [name for name in lowered if name in ("liked", "far", "other")] == ["liked", "far", "other"]
    assert lowered.index("alike") > lowered.index("other")


@pytest.mark.parametrize(
    ("profile", "settings"), [(person(), {}), (Profile(), {}), (person(DISLIKED), {"strength": 0})]
)
def test_without_a_dislike_nothing_is_read_and_nothing_changes(
    profile: Profile, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(data, "vectors")
    before = ranking()
    assert ruled(profile, before, **settings) is before


def test_an_item_that_a_rule_put_in_loses_nothing() -> None:
    before = ranking()
    foreign = replace(before, rows=np.array([-1, 1, 2, 3, 4, 5]))
    assert losses(ruled(person(DISLIKED), foreign))["alike"] == 0


def test_only_the_newest_dislikes_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def vectors(in_space: SpaceInfo, item_ids: Ids) -> Floats:
        read.extend(item_ids.tolist())
        return np.tile(unit_rows([[1, 0, 0, 0]]), (len(item_ids), 1))

    monkeypatch.setattr(data, "vectors", vectors)
    ruled(person(*range(1000, 1200)))
    assert read == list(range(1000, 1050))
