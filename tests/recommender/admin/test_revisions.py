from __future__ import annotations

from typing import Any

import pytest

from recommender.admin.revisions import changes_told, told


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        ([], "—"),
        (0, "0"),
        (True, "yes"),
        (False, "no"),
        ("a", "a"),
        (["a", 2], "a, 2"),
        ({"name": "品牌"}, '{"name": "品牌"}'),
        ([{"a": 1}], '[{"a": 1}]'),
    ],
)
def test_values_are_told_as_a_person_reads_them(value: Any, text: str) -> None:
    assert told(value) == text


def change(what: str, before: Any, after: Any) -> dict[str, Any]:
    return {"what": what, "before": before, "after": after}


def test_of_a_rule_that_came_only_its_settings_are_told() -> None:
    came = [change("Pin (pin)", None, "pin"), change("Pin (pin): position", None, 10)]
    came += [change("Pin (pin): title", None, "Pin"), change("Pin (pin): items", None, ["a"])]
    assert [one["what"] for one in changes_told(came)] == ["Pin (pin)", "Pin (pin): items"]


def test_of_a_rule_that_went_only_that_it_did() -> None:
    went = [change("Pin (pin)", "pin", None), change("Pin (pin): items", ["a"], None)]
    moved = [change("Cap: it (cap): position", 1, 2), change("title", "A", "B")]
    assert [one["what"] for one in changes_told([*went, *moved])] == ["Pin (pin)", "Cap: it (cap): position", "title"]
