"""The hashing encoder: deterministic, and close where words are shared."""

import subprocess
import sys

import numpy as np
import pytest

from recommender.encoders.hashing import HashingEncoder, HashingSettings
from recommender.plugins.exceptions import PluginSettingsError
from recommender.plugins.registry import create


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder(HashingSettings(dimension=128))


def test_rows_are_unit_and_empty_texts_are_zero(encoder: HashingEncoder) -> None:
    rows = encoder.encode(["a red lamp", "", " \n", "红色台灯"], "query")
    assert rows.shape == (4, 128)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), [1, 0, 0, 1], atol=1e-6)


def test_shared_words_are_close_in_both_scripts(encoder: HashingEncoder) -> None:
    query = encoder.encode(["Red LAMP", "高端商务装"], "query")
    items = encoder.encode(["A lamp, red.", "一件高端商务装", "Running shoes"], "item")
    assert (query @ items.T).argmax(axis=1).tolist() == [0, 1]


def test_another_process_gives_the_same_vectors(encoder: HashingEncoder) -> None:
    code = (
        "from recommender.encoders.hashing import *;"
        "print(HashingEncoder(HashingSettings(dimension=128)).encode(['a red lamp'], 'item').tobytes().hex())"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == encoder.encode(["a red lamp"], "item").tobytes().hex()


@pytest.mark.parametrize("dimension", [0, 4_001, "many"])
def test_a_wrong_dimension_is_named(dimension: object) -> None:
    with pytest.raises(PluginSettingsError, match="dimension"):
        create("encoder", "hashing", {"dimension": dimension})
