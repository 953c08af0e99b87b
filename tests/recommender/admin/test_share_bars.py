from __future__ import annotations

import pytest

from recommender.admin.share_bars import Palette, Scale, bar, grouped, signed, title_of
from recommender.schemas import Explanation, RecommendedItem, SourceShare

TITLES = {"similarity": "Similarity of text", "popularity": "Popularity"}


def item(**shares: float) -> RecommendedItem:
    """An item with these shares by column; `__` stands for the dot."""
    sources = [
        SourceShare(source=name.replace("__", "."), raw=None, standardised=None, share=share)
        for name, share in shares.items()
    ]
    told = Explanation(sentence="", sources=sources, words=[], history=[], rules=[])
    return RecommendedItem(item_id="a", title="A", rank=1, score=sum(shares.values()), reasons=[], explanation=told)


SUIT = item(similarity__cos=2.0, similarity__cosmax=1.0, popularity__pop=-0.5, constant=-1.5)
TENT = item(similarity__cos=1.0, popularity__pop=0.25, constant=-1.5)


def test_columns_of_a_source_count_together() -> None:
    assert grouped(SUIT) == {"similarity": 3.0, "popularity": -0.5, "constant": -1.5}


def test_what_lifts_stands_right_of_zero_and_what_lowers_left_of_it() -> None:
    drawn = bar(SUIT, Scale.of([SUIT, TENT]), Palette.of([SUIT, TENT], TITLES))
    assert [(one.title, one.share) for one in drawn.segments] == [
        ("Similarity of text", 3.0),
        ("Constant", -1.5),
        ("Popularity", -0.5),
    ]
    assert drawn.zero == pytest.approx(40.0)
    lifts, constant, lowers = drawn.segments
    assert (lifts.left, lifts.width) == (40.0, 60.0)
    assert (constant.left, constant.width) == (10.0, 30.0)
    assert (lowers.left, lowers.width) == (0.0, 10.0)
    assert drawn.score == pytest.approx(60.0)


def test_a_bar_says_in_words_what_it_shows() -> None:
    words = bar(TENT, Scale.of([SUIT, TENT]), Palette.of([TENT], TITLES)).words
    assert words == "Shares of the score -0.250: Constant −1.500; Similarity of text +1.000; Popularity +0.250"


def test_the_sum_of_a_bar_is_the_score() -> None:
    for one in (SUIT, TENT):
        drawn = bar(one, Scale.of([SUIT, TENT]), Palette.of([SUIT, TENT], TITLES))
        assert sum(part.share for part in drawn.segments) == pytest.approx(one.score)


def test_colours_go_by_weight_and_the_constant_has_its_own() -> None:
    palette = Palette.of([SUIT, TENT], TITLES)
    assert palette.legend == [("0", "Similarity of text"), ("1", "Popularity"), ("constant", "Constant")]


def test_an_item_without_shares_has_an_empty_bar() -> None:
    bare = RecommendedItem(item_id="a", title="A", rank=1, score=0.0, reasons=[])
    drawn = bar(bare, Scale.of([bare]), Palette.of([bare], TITLES))
    assert (drawn.segments, drawn.zero) == ([], 0.0)


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("similarity.cos", "Similarity of text · cos"),
        ("popularity", "Popularity"),
        ("is_new", "New item"),
        ("another-one.x", "Another one"),
    ],
)
def test_a_source_is_told_by_the_title_of_its_configuration(source: str, title: str) -> None:
    assert title_of(source, TITLES) == title


def test_a_sign_is_always_there() -> None:
    assert (signed(1.5), signed(-1.5)) == ("+1.500", "−1.500")
