"""What is said of a path along relations."""

from __future__ import annotations

import pytest

from recommender.serving.relation_phrases import RELATION_WORDS, Path, readable


def path(relation: str, **parts: object) -> Path:
    """A path from “Alien” whose edges start at seed and item."""
    whole = {"seed": "Alien", "between": "", "name": "", "forward": True, "is_head": True, **parts}
    return Path(relation, **whole)  # type: ignore[arg-type]  # the parts are a test's own


SAID = [
    (
        path("directed_by", name="Ridley Scott"),
        "same director as “Alien” (Ridley Scott)",
        "与「Alien」同一导演（Ridley Scott）",
    ),
    (path("film.film.directed_by", name="m.06pk8"), "same director as “Alien”", "与「Alien」同一导演"),
    (path("lit_by", name="Ann"), "shares lit by with “Alien” (Ann)", "与「Alien」有相同的“lit by”（Ann）"),
    (path("goes_with"), "it goes with “Alien”", "它可搭配「Alien」"),
    (path("goes_with", is_head=False), "“Alien” goes with it", "「Alien」可搭配它"),
    (path("near-to"), "it and “Alien” are linked by near to", "它与「Alien」由“near to”相连"),
    (path("goes_with", between="Tea"), "it goes with “Tea”, like “Alien”", "它可搭配「Tea」，与「Alien」一样"),
    (
        path("goes_with", between="Tea", forward=False, is_head=False),
        "“Tea” goes with it, as with “Alien”",
        "「Tea」可搭配它，对「Alien」也是如此",
    ),
    (
        path("sequel_of", between="Aliens", forward=False),
        "it follows “Aliens”, which is tied to “Alien”",
        "它是「Aliens」的续作，并由此与「Alien」相关",
    ),
    (path("made_in", seed="", name="Suzhou"), "origin: Suzhou, which you named", "产地：Suzhou，正如您所说"),
]


@pytest.mark.parametrize(("one", "english", "chinese"), SAID)
def test_a_path_is_said_in_words(one: Path, english: str, chinese: str) -> None:
    assert RELATION_WORDS["en"].phrase(one) == english
    assert RELATION_WORDS["zh"].phrase(one) == chinese


def test_a_relation_s_name_becomes_words() -> None:
    assert readable("film.film.Production_Companies") == "production companies"
    assert readable("导演") == "导演"


def test_both_languages_know_the_same_relations() -> None:
    english, chinese = RELATION_WORDS["en"], RELATION_WORDS["zh"]
    assert english.nouns.keys() == chinese.nouns.keys()
    assert english.ties.keys() == chinese.ties.keys()
