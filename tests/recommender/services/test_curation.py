from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Catalog
from recommender.models import Configuration, Placement
from recommender.services.curation import Curation, curate, curation
from recommender.services.placements import save_placement
from recommender.services.publishing import restore_draft

ITEMS = st.sampled_from(["a", "b", "c", "d"])


@pytest.fixture
def home(db: None) -> Placement:
    catalog = Catalog.objects.create(slug="books", name="Books")
    return save_placement(Placement(catalog=catalog, slug="home", title="Home"))


def settings(home: Placement) -> dict[str, object]:
    rules = home.rules.select_related("configuration").order_by("configuration__slug")
    return {rule.configuration.slug: rule.configuration.settings for rule in rules}


def test_a_pin_where_one_stands_moves_that_one_on() -> None:
    one = Curation().pin("a", 1).pin("b", 3).pin("c", 1)
    assert one.pins == {1: "c", 2: "a", 3: "b"}
    assert one.pin("b", 1).pins == {1: "b", 2: "c", 3: "a"}
    assert one.unpin("a").pin("d", 3).pins == {1: "c", 3: "d", 4: "b"}


def test_places_end_somewhere() -> None:
    assert Curation().pin("a", 0).pins == {1: "a"}
    assert Curation().pin("a", 500).pin("b", 900).pins == {500: "b"}


def test_a_blocked_item_is_nothing_else_and_comes_back_when_pinned() -> None:
    one = Curation().pin("a", 1).boost("a").block("a")
    assert one == Curation(blocked=("a",))
    assert one.pin("a", 2) == Curation(pins={2: "a"})
    assert one.boost("a") == Curation(boosted=("a",))
    assert one.unblock("a") == Curation()
    assert Curation().boost("a").bury("a") == Curation(buried=("a",))
    assert Curation().bury("a").level("a") == Curation()


@given(st.lists(st.tuples(st.sampled_from(["pin", "unpin", "boost", "bury", "block"]), ITEMS, st.integers(1, 5))))
def test_no_item_stands_twice_whatever_is_done(steps: list[tuple[str, str, int]]) -> None:
    one = Curation()
    for action, item, place in steps:
        one = one.pin(item, place) if action == "pin" else getattr(one, action)(item)
    pinned = list(one.pins.values())
    assert len(pinned) == len(set(pinned))
    lists = [*one.boosted, *one.buried, *one.blocked]
    assert len(lists) == len(set(lists))
    assert not {*pinned} & {*one.blocked}


def test_it_is_kept_as_rules_and_read_again(home: Placement) -> None:
    wanted = Curation().pin("a", 1).pin("b", 2).pin("c", 5).boost("d").block("e")
    curate(home, wanted)
    assert settings(home) == {
        "home-blocks": {"items": ["e"]},
        "home-boosts": {"items": ["d"]},
        "home-pins": {"items": ["a", "b"]},
        "home-pins-2": {"items": ["c"], "position": 5},
    }
    assert curation(home) == wanted
    assert (home.version, home.revisions.count()) == (1, 2)


def test_undoing_all_takes_the_rules_away_and_history_brings_them_back(home: Placement) -> None:
    curate(home, Curation().pin("a", 1).pin("b", 3))
    kept = home.revisions.order_by("-number")[0]
    curate(home, Curation())
    assert (settings(home), Configuration.objects.count()) == ({}, 2)
    restore_draft(kept)
    assert curation(home) == Curation().pin("a", 1).pin("b", 3)


def test_windows_and_rules_of_others_stay(home: Placement) -> None:
    curate(home, Curation().pin("a", 1))
    mine = Configuration.objects.get(slug="home-pins")
    mine.settings |= {"ends_at": "2027-01-01T00:00:00"}
    mine.save()
    other = Configuration.objects.create(catalog=home.catalog, kind="rule", plugin="pin", slug="home-pins-of-anna")
    home.rules.create(configuration=other)
    home.rules.create(
        configuration=Configuration.objects.create(
            catalog=home.catalog, kind="rule", plugin="block", slug="home-boosts", settings={"items": ["z"]}
        )
    )
    assert curation(home) == Curation().pin("a", 1)
    curate(home, Curation().pin("b", 2))
    mine.refresh_from_db()
    assert mine.settings == {"ends_at": "2027-01-01T00:00:00", "items": ["b"], "position": 2}
    assert set(settings(home)) == {"home-pins", "home-pins-of-anna", "home-boosts"}


def test_a_rule_that_was_disabled_starts_anew(home: Placement) -> None:
    curate(home, Curation().pin("a", 1))
    home.rules.update(enabled=False)
    assert curation(home) == Curation()
    curate(home, Curation().pin("b", 1))
    assert (curation(home), home.rules.get().enabled) == (Curation().pin("b", 1), True)
