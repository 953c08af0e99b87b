from dataclasses import replace

from recommender.plugins.data import eligible
from recommender.plugins.types import ItemFilter, Profile
from recommender.rules.block import BlockRule, BlockSettings
from tests.recommender.rules.shelf import Shelf


def test_blocked_items_and_categories_are_not_eligible(shelf: Shelf) -> None:
    rule = BlockRule(BlockSettings(items=("b", "unknown"), categories=("coats",)))
    query = replace(shelf.query(), excluded=(shelf.ids["d"],))
    slate = shelf.slate()
    allowed = eligible(rule.restrict(query), slate.item_ids, slate.scores, 6)
    assert allowed.item_ids.tolist() == [shelf.ids["f"]]


def test_what_the_request_refuses_stays_refused(shelf: Shelf) -> None:
    query = replace(shelf.query(), filter=ItemFilter(categories_none=("shoes",)))
    restricted = BlockRule(BlockSettings(categories=("coats", "shoes"))).restrict(query)
    assert restricted.filter.categories_none == ("shoes", "coats")


def test_without_settings_the_query_stays(shelf: Shelf) -> None:
    assert BlockRule(BlockSettings()).restrict(shelf.query()) == shelf.query()


def test_the_slate_is_left_alone(shelf: Shelf) -> None:
    slate = shelf.slate()
    assert BlockRule(BlockSettings(items=("a",))).apply(slate, Profile(), shelf.query()) is slate
