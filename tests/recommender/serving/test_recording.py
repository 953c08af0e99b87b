"""What is kept of an answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import orjson

from recommender.plugins.testing.values import slate, table
from recommender.serving.recording import _columns


def test_columns_follow_the_order_of_the_slate_and_unknown_scores_are_null() -> None:
    candidates = table(3, {"a.s": [0.5, np.nan, 2.0]})
    shown = replace(slate([3.0, 2.0, 1.0]), candidates=candidates, rows=np.array([2, 1, 0]))
    assert orjson.loads(_columns(shown)) == {"a.s": [2.0, None, 0.5]}


def test_an_item_that_a_rule_put_in_has_no_scores() -> None:
    candidates = table(3, {"a.s": [0.5, 1.0, 2.0]})
    shown = replace(slate([3.0, 2.0, 1.0]), candidates=candidates, rows=np.array([0, -1, 2]))
    assert orjson.loads(_columns(shown)) == {"a.s": [0.5, None, 2.0]}
