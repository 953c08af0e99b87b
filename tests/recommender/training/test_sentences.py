"""Sentences of visitors: from the items' words, in many wordings, never in the wordings that judge."""

from __future__ import annotations

import numpy as np

from benchmarks.quality.sentences import TEMPLATES
from recommender.training.sentences import sentences_for, title_phrase
from recommender.training.wordings import CHINESE, ENGLISH

TITLES = ["Toy Story", "The Silence of the Lambs (1991)", "Red stapler 3000"]
LABELS = [["Animation", "Comedy"], ["Thriller", "Jodie Foster"], ["Acme", "office supplies"]]


def written(titles: list[str], labels: list[list[str]], count: int = 500, seed: int = 3) -> list[str]:
    rng = np.random.default_rng(seed)
    return [sentences_for(titles, labels, np.arange(len(titles)), rng) for _ in range(count)]


def test_the_same_seed_writes_the_same() -> None:
    assert written(TITLES, LABELS) == written(TITLES, LABELS)
    assert written(TITLES, LABELS) != written(TITLES, LABELS, seed=4)


def test_sentences_differ_in_words_and_wording() -> None:
    said = written(TITLES, LABELS)
    assert len(set(said)) > 400
    words = {word for one in LABELS for label in one for word in label.lower().split()}
    assert all(any(word in one.lower() for word in words) for one in said)
    labels = [label.lower() for one in LABELS for label in one]
    named = [sum(label in one.lower() for label in labels) for one in said]
    assert {1, 2, 3, 4} <= set(named)
    assert any(one.lower() in labels for one in said)  # one label and nothing else
    assert any(one.endswith("?") for one in said)
    assert any("lambs" in one.lower() or "stapler" in one.lower() for one in said)  # words of a title now and then


def test_only_the_first_three_items_speak() -> None:
    rng = np.random.default_rng(0)
    titles, labels = [*TITLES, "Unheard"], [*LABELS, ["Unheard"]]
    assert not any("unheard" in sentences_for(titles, labels, [0, 1, 2, 3], rng).lower() for _ in range(300))


def test_titles_speak_where_there_are_no_labels() -> None:
    said = written(["The Crimson Petal and the White"], [[]])
    assert all(any(word in one.lower() for word in ("crimson", "petal", "white")) for one in said)
    assert written([""], [[]], count=3) == ["", "", ""]
    assert written(["1984"], [[]], count=1)[0] != ""


def test_a_phrase_begins_and_ends_with_a_word_that_says_something() -> None:
    rng = np.random.default_rng(1)
    phrases = {title_phrase("The Silence of the Lambs (1991)", iter(rng.random(9).tolist())) for _ in range(200)}
    assert phrases == {"Silence", "Lambs"}


def test_chinese_items_are_asked_for_in_chinese() -> None:
    said = written(["需要你！小美兮", "商务装"], [["剧情", "爱情"], []])
    latin = [one for one in said if any("a" <= letter <= "z" for letter in one.lower())]
    assert not latin
    assert len(set(said)) > 200
    assert any("？" in one for one in said)


def test_no_wording_is_one_of_those_that_judge() -> None:
    ours = {*ENGLISH.single, *ENGLISH.double, *ENGLISH.titled, *CHINESE.single, *CHINESE.double, *CHINESE.titled}
    plain = {one.strip(" .?!").lower() for one in ours}
    assert not plain & {one.strip(" .?!").lower() for one in TEMPLATES}
    assert all(one.count("{}") == 1 for one in (*ENGLISH.single, *CHINESE.single))
    assert all(one.count("{}") == 2 for one in ours - {*ENGLISH.single, *CHINESE.single})


def test_words_with_braces_are_words() -> None:
    assert any("{x}" in one for one in written(["{x} and {y}"], [["{x}", "{0}"]], count=50))
