"""Words, languages and leading sources of an explanation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.plugins.testing.values import floats, slate
from recommender.serving.explain import language_of, leading_sources
from recommender.serving.phrases import PHRASES


@pytest.mark.parametrize(
    ("text", "wanted", "language"),
    [("商务装", "", "zh"), ("a suit", "", "en"), ("a suit", "zh-CN", "zh"), ("商务装", "en", "en"), ("", "", "en")],
)
def test_the_language_is_the_wanted_one_else_the_text_s(text: str, wanted: str, language: str) -> None:
    assert language_of(text, wanted) == language


def test_leading_sources_lift_an_item_largest_first_and_the_constant_is_none() -> None:
    shares = {"a.s": [0.5, 0.1], "b.s": [0.7, -1.0], "c.s": [0.6, 0.0], "constant": [9.0, 9.0]}
    ranked = replace(slate([2.0, 1.0]), contributions={name: floats(values) for name, values in shares.items()})
    assert leading_sources(ranked) == [["b.s", "c.s"], ["a.s"]]


def test_without_contributions_nothing_leads() -> None:
    assert leading_sources(replace(slate([2.0, 1.0]), contributions={})) == [[], []]


def test_co_events_are_told_apart_with_and_without_a_history() -> None:
    for phrases in PHRASES.values():
        with_history = phrases.source("co-events.knn", has_history=True)
        assert phrases.source("co-events.knn", has_history=False) == phrases.named != with_history
        assert phrases.source("some-plugin.score", has_history=True) == ""
    assert np.unique([phrases.language for phrases in PHRASES.values()]).size == len(PHRASES)
