"""Sentences become vectors once: by the right encoder, from the caches after that, with or without Redis."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
import redis
from pytest_django.fixtures import Settings

from catalog.models import Catalog
from recommender.encoders.hashing import HashingEncoder
from recommender.models import Configuration, Space
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.types import Role, Vectors
from recommender.services import encoding
from recommender.services.sentence_cache import sentence_cache


class Counting(HashingEncoder):
    """The hashing encoder, which says what it was asked."""

    loads = 0
    asked: list[str] = []

    def load(self) -> None:
        time.sleep(0.05)  # long enough for another thread to come along
        type(self).loads += 1

    def encode(self, texts: list[str], role: Role) -> Vectors:
        self.asked.extend(texts)
        return super().encode(texts, role)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Counting]]:
    monkeypatch.setattr("recommender.encoders.hashing.HashingEncoder", Counting)
    monkeypatch.setattr(encoding, "create", lambda _kind, _name, settings: Counting(Counting.Settings(**settings)))
    monkeypatch.setattr(encoding, "_loaded", {})
    monkeypatch.setattr(encoding, "_failed", {})
    Counting.loads, Counting.asked = 0, []
    yield Counting
    sentence_cache.cache_clear()


def space(dimension: int = 64) -> Space:
    # A hash of its own: no other test has put its sentences into Redis.
    return Space(plugin="hashing", settings={"dimension": dimension}, dimension=dimension, source_hash=uuid4().hex)


def test_rows_follow_the_texts_and_empty_ones_are_zero(counting: type[Counting]) -> None:
    rows = encoding.sentence_vectors(space(), ["red lamp", "", "  ", "red lamp ", "suit"])
    assert rows.shape == (5, 64)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), [1, 0, 0, 1, 1], atol=1e-6)
    assert np.array_equal(rows[0], rows[3])
    assert counting.asked == ["red lamp", "suit"]


def test_no_texts_give_no_rows(counting: type[Counting]) -> None:
    assert encoding.sentence_vectors(space(), []).shape == (0, 64)


def test_a_known_sentence_is_not_encoded_again_nor_is_its_encoder_loaded(counting: type[Counting]) -> None:
    here = space()
    first = encoding.sentence_vectors(here, ["red lamp"])
    encoding._loaded.clear()
    sentence_cache.cache_clear()  # what another process has: Redis alone
    again = encoding.sentence_vectors(here, ["red lamp"])
    assert np.array_equal(first, again)
    assert (counting.asked, counting.loads) == (["red lamp"], 1)


def test_redis_holds_plain_bytes(counting: type[Counting], settings: Settings) -> None:
    here = space()
    row = encoding.sentence_vectors(here, ["red lamp"])[0]
    client = redis.Redis.from_url(settings.REDIS_URL)
    keys = list(client.scan_iter(f"recplatform:sentence:{here.source_hash}:*"))
    assert [client.get(key) for key in keys] == [row.astype("<f4").tobytes()]
    assert 0 < client.ttl(keys[0]) <= 7 * 24 * 3600


def test_two_encoders_never_share_a_vector(counting: type[Counting]) -> None:
    small, large = encoding.sentence_vectors(space(64), ["suit"]), encoding.sentence_vectors(space(128), ["suit"])
    assert (small.shape, large.shape) == ((1, 64), (1, 128))


def test_a_configuration_names_an_encoder_too(counting: type[Counting]) -> None:
    configuration = Configuration(plugin="hashing", settings={"dimension": 32})
    assert encoding.sentence_vectors(configuration, [uuid4().hex]).shape == (1, 32)


def test_without_redis_sentences_are_encoded_and_it_is_left_alone(
    counting: type[Counting], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    sentence_cache.cache_clear()
    here = space()
    first = encoding.sentence_vectors(here, ["red lamp"])
    for text in ("suit", "shoe", "red lamp"):
        encoding.sentence_vectors(here, [text])
    assert np.array_equal(first, encoding.sentence_vectors(here, ["red lamp"]))
    assert counting.asked == ["red lamp", "suit", "shoe"]
    assert len([record for record in caplog.records if "Redis does not answer" in record.message]) == 1


def test_threads_load_an_encoder_once(counting: type[Counting]) -> None:
    here = space()
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: id(encoding.encoder_of(here)), range(8)))
    assert (len(found), counting.loads) == (1, 1)


def test_an_encoder_that_cannot_load_is_not_tried_for_every_request(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setattr(encoding, "_failed", {})

    def unreachable(name: str, _revision: str) -> None:
        tried.append(name)
        raise PluginUnavailableError(f"{name}: no network")

    monkeypatch.setattr("recommender.encoders.sentence_transformer._folder", unreachable)
    here = Space(plugin="sentence-transformer", settings={"model": uuid4().hex}, dimension=384, source_hash="x")
    for _ in range(3):
        with pytest.raises(PluginUnavailableError, match="no network"):
            encoding.sentence_vectors(here, [uuid4().hex])
    assert len(tried) == 1


@pytest.mark.django_db
def test_encoders_of_live_spaces_load_at_start(
    counting: type[Counting], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Catalog.objects.create(slug="shop")
    for status, dimension in (("live", 32), ("building", 48), ("retired", 64)):
        configuration = Configuration.objects.create(catalog=shop, kind="encoder", plugin="hashing", slug=status)
        Space.objects.create(
            catalog=shop, configuration=configuration, plugin="hashing", settings={"dimension": dimension},
            dimension=dimension, status=status, source_hash=str(dimension),
        )  # fmt: skip
    encoding.load_encoders()
    assert counting.loads == 1
    monkeypatch.setattr(counting, "load", lambda _self: 1 / 0)
    encoding._loaded.clear()
    encoding.load_encoders()
    assert "cannot be loaded: ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        (np.zeros((1, 63), np.float32), "shape"),
        (np.full((1, 64), np.nan, np.float32), "NaN"),
        (ValueError("out of order"), "ValueError: out of order"),
    ],
)
def test_a_faulty_encoder_is_named(
    counting: type[Counting], monkeypatch: pytest.MonkeyPatch, rows: Any, word: str
) -> None:
    def encode(_self: Counting, _texts: list[str], _role: Role) -> Vectors:
        if isinstance(rows, Exception):
            raise rows
        return np.asarray(rows)

    monkeypatch.setattr(counting, "encode", encode)
    with pytest.raises(PluginUnavailableError, match=rf"encoder 'hashing' .*{word}"):
        encoding.sentence_vectors(space(), ["red lamp"])


def test_only_settings_that_shape_vectors_make_another_source() -> None:
    plain = encoding.source_hash("sentence-transformer", {})
    assert encoding.source_hash("sentence-transformer", {"batch_tokens": 512}) == plain
    assert encoding.source_hash("sentence-transformer", {"query_prefix": "q: "}) != plain
    assert encoding.source_hash("hashing", {"dimension": 64}) == encoding.source_hash("hashing", {})
    assert encoding.source_hash("hashing", {"dimension": 65}) != encoding.source_hash("hashing", {})
