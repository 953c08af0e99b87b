"""What is never shown, what is shown only after something else, what never meets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.core.exceptions import ValidationError as FormError
from pydantic import ValidationError

from catalog.models import Item, Relation
from recommender.plugins.output_checks import checked_slate
from recommender.plugins.rule_settings import RuleSettings
from recommender.plugins.settings_form import LinesField, clean_settings, settings_fields
from recommender.plugins.testing.values import anna
from recommender.plugins.types import Profile, Slate
from recommender.rules.constraint import ConstraintRule, ConstraintSettings
from tests.recommender.retrievers.asking import asked
from tests.recommender.rules.shelf import Shelf
from tests.worlds import World


def ruled(shelf: Shelf, chosen: str = "", limit: int = 3, names: str = "abcdef", **settings: Any) -> Slate:
    """The ranking a … f for a person who chose these items, checked as a request checks it."""
    rule = ConstraintRule(ConstraintSettings.model_validate(settings), "logic")
    ids = tuple(shelf.ids[name] for name in chosen)
    person = anna([[1, 0, 0, 0]] * len(ids), item_ids=ids) if ids else Profile()
    before = shelf.slate(range(len(names), 0, -1), names)
    query = shelf.query(limit)
    slate = checked_slate(before, query, rule.apply(before, person, query))
    adds_up = sum(slate.contributions.values(), np.zeros(len(slate)))
    np.testing.assert_allclose(adds_up, slate.scores)
    return slate


def relate(shelf: Shelf, head: str, relation: str, tail: str) -> None:
    """One edge between two items."""
    Relation.objects.create(catalog=shelf.catalog, head_id=shelf.ids[head], relation=relation, tail_id=shelf.ids[tail])


def describe(shelf: Shelf, **attributes: str) -> None:
    """The attribute `kind` of items by name."""
    for name, value in attributes.items():
        Item.objects.filter(pk=shelf.ids[name]).update(attributes={"kind": value})


def test_a_sequel_waits_for_its_first_part(shelf: Shelf) -> None:
    relate(shelf, "b", "successor_of", "a")
    relate(shelf, "c", "successor_of", "b")
    assert shelf.names(ruled(shelf, after=["successor_of"])) == "adef"
    assert shelf.names(ruled(shelf, "a", after=["successor_of"])) == "abdef"
    assert shelf.names(ruled(shelf, "ab", after=["successor_of"])) == "abcdef"


def test_the_relation_may_be_told_the_other_way_round(shelf: Shelf) -> None:
    relate(shelf, "a", "has_sequel", "b")
    slate = ruled(shelf, before=["has_sequel"])
    assert shelf.names(slate) == "acdef"
    assert [(hit.rule, hit.item_id) for hit in slate.hits] == [("logic", shelf.ids["b"])]
    assert "has not been seen" in slate.hits[0].effect
    assert shelf.names(ruled(shelf, "a", before=["has_sequel"])) == "abcdef"


def test_several_first_parts_must_all_be_seen(shelf: Shelf) -> None:
    relate(shelf, "f", "after", "a")
    relate(shelf, "f", "after", "b")
    assert shelf.names(ruled(shelf, "a", after=["after"])) == "abcde"
    assert shelf.names(ruled(shelf, "ab", after=["after"])) == "abcdef"


def test_a_value_is_never_shown_even_if_the_list_gets_short(shelf: Shelf) -> None:
    describe(shelf, a="Adult", b="adult", c="adult", d="adult", e="adult")
    slate = ruled(shelf, never=["kind = adult"])
    assert shelf.names(slate) == "f"
    assert slate.hits[0].effect == "left out: never kind = adult"


def test_unless_the_person_chose_something(shelf: Shelf) -> None:
    describe(shelf, a="horror", b="adult", c="horror")
    line = "kind = adult unless kind = Horror"
    assert shelf.names(ruled(shelf, never=[line])) == "acdef"
    assert shelf.names(ruled(shelf, "c", never=[line])) == "abcdef"
    assert shelf.names(ruled(shelf, "b", never=[line])) == "acdef"


def test_every_line_has_its_own_excuse(shelf: Shelf) -> None:
    lines = ["kind = x", "kind = y unless kind = z", "kind = w unless category = shoes"]
    describe(shelf, a="x", b="y", c="z", e="w")
    assert shelf.names(ruled(shelf, "c", never=lines)) == "bcdf"
    assert shelf.names(ruled(shelf, "d", never=lines)) == "cdef"


@pytest.mark.parametrize(("names", "expected"), [("abcdef", "ace"), ("bacdef", "bdf")])
def test_of_two_sides_the_one_that_ranks_first_stays(shelf: Shelf, names: str, expected: str) -> None:
    slate = ruled(shelf, names=names, apart=["category = coats with category = shoes"])
    assert shelf.names(slate) == expected


def test_at_most_one_of_a_kind(shelf: Shelf) -> None:
    slate = ruled(shelf, limit=2, apart=["category = coats with category = coats"])
    assert shelf.names(slate) == "abdf"
    assert shelf.touched(slate) == "ce"


def test_an_item_of_both_sides_stays(shelf: Shelf) -> None:
    describe(shelf, a="x", d="x", f="x")
    assert shelf.names(ruled(shelf, apart=["kind = x with category = shoes"])) == "acdef"


def test_without_rules_or_hits_the_ranking_is_the_same(shelf: Shelf) -> None:
    slate = shelf.slate()
    for settings in ({}, {"after": ["unknown"]}, {"never": ["kind = y"]}, {"apart": ["kind = y with kind = z"]}):
        rule = ConstraintRule(ConstraintSettings.model_validate(settings))
        assert rule.apply(slate, Profile(), shelf.query()) is slate


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("never", "adult"),
        ("never", "a = b unless c"),
        ("never", "a = b = c"),
        ("apart", "a = b"),
        ("apart", "a = b with c"),
    ],
)
def test_a_line_that_is_not_understood_says_how_to_write_it(field: str, line: str) -> None:
    with pytest.raises(ValidationError, match="write attribute = value"):
        ConstraintSettings.model_validate({field: [line]})


def test_the_form_takes_one_rule_a_line_and_says_what_is_wrong() -> None:
    fields = settings_fields(ConstraintSettings)
    own = set(ConstraintSettings.model_fields) - set(RuleSettings.model_fields)
    assert {type(fields[name]) for name in own} == {LinesField}
    given = {name: field.clean("") for name, field in fields.items()}
    given["never"] = fields["never"].clean(" rating = 18 unless genre = horror \n\ntag = sale")
    stored = clean_settings(ConstraintSettings, given)
    assert stored == {"never": ["rating = 18 unless genre = horror", "tag = sale"]}
    given["apart"] = fields["apart"].clean("brand = a")
    with pytest.raises(FormError, match="“brand = a” is not understood") as refused:
        clean_settings(ConstraintSettings, given)
    assert list(refused.value.message_dict) == ["apart"]


def test_what_was_consumed_long_ago_counts_as_seen(world: World) -> None:
    relation = {"catalog": world.catalog, "relation": "after"}
    Relation.objects.create(head=world.item("tent-red"), tail=world.item("suit-red"), **relation)
    world.does("ben", "suit-red", kind="purchase")
    world.does("ben", *(f"teapot-{colour}" for colour in ("red", "blue")), kind="dislike")
    rule = ConstraintRule(ConstraintSettings(after=("after",)))
    for person, left in (("ben", 1), ("anna", 0)):
        profile, query = asked(world, profile_id=person)
        short = Shelf(world.catalog, {"t": world.item("tent-red").pk}).slate([1.0], "t")
        forgetful = Profile(profile_id=profile.profile_id)
        assert len(rule.apply(short, forgetful, query)) == left
