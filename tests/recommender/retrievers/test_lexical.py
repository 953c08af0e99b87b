"""Full-text search, in scripts with and without spaces."""

from __future__ import annotations

from catalog.rows import ItemRow
from catalog.services import save_items
from recommender.retrievers.lexical import LexicalRetriever, LexicalSettings
from tests.recommender.retrievers.asking import found
from tests.worlds import World

RETRIEVER = LexicalRetriever(LexicalSettings())


def test_words_find_items_in_every_form(world: World) -> None:
    assert {item.split("-")[0] for item in found(RETRIEVER, world, text="Guitars!")} == {"guitar"}


def test_the_more_and_the_rarer_words_the_better(world: World) -> None:
    assert found(RETRIEVER, world, text="red guitar")[0] == "guitar-red"


def test_chinese_and_japanese_are_found_without_a_dictionary(world: World) -> None:
    rows = [
        ItemRow(item_id="zh", title="一件高端商务装", description="适合会议的西装", language="zh"),
        ItemRow(item_id="ja", title="日本の緑茶セット", language="ja"),
    ]
    save_items(world.catalog.pk, rows)
    assert found(RETRIEVER, world, text="我需要商务装") == ["zh"]
    assert found(RETRIEVER, world, text="緑茶") == ["ja"]


def test_without_a_sentence_the_telling_words_of_the_history_search(world: World) -> None:
    by_history = found(RETRIEVER, world, history=["guitar-red"])
    assert by_history
    assert all(item.startswith("guitar") or item.endswith("red") for item in by_history[:6])
    assert found(LexicalRetriever(LexicalSettings(history=False)), world, history=["guitar-red"]) == []


def test_words_that_no_item_has_find_nothing(world: World) -> None:
    assert found(RETRIEVER, world, text="zeppelin") == []
    assert found(RETRIEVER, world, text="?!") == []


def test_signs_of_the_query_language_are_only_text(world: World) -> None:
    assert found(RETRIEVER, world, text="guitar' | 'tent & !(teapot:*)")
