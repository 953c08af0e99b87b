"""Files of trained models: stored with their checksums, and refused when they are not those that were stored."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.core.files.storage import storages

from recommender.plugins.artefacts import load_artefact, save_artefact
from recommender.training import model_store
from recommender.training.model_store import ModelStoreError, fetch, put, remove
from recplatform.model_storage import model_storage
from tests.recommender.training.s3_server import s3_server

BUCKET = "models"


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The address of an S3 server on this machine with an empty bucket."""
    with s3_server(BUCKET) as address:
        yield address


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty model store, of both kinds in turn, set up by the variables that an operator sets."""
    if request.param == "bucket":
        monkeypatch.setenv("RECPLATFORM_MODEL_STORE", f"s3://{BUCKET}/{uuid4().hex}")
        monkeypatch.setenv("RECPLATFORM_MODEL_STORE_ENDPOINT", request.getfixturevalue("bucket"))
        monkeypatch.setenv("RECPLATFORM_MODEL_STORE_REGION", "us-east-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    settings.STORAGES = {**settings.STORAGES, "models": model_storage(tmp_path)}
    settings.MODEL_CACHE_DIR = tmp_path / "cache"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """What a training leaves behind: a folder for each plugin."""
    save_artefact(tmp_path / "made" / "als", {"weights": np.arange(100, dtype=np.float32)}, {"dimension": 64})
    (tmp_path / "made" / "linear").mkdir()
    (tmp_path / "made" / "linear" / "weights.json").write_text("[1, 2]")
    return tmp_path / "made"


def overwrite(name: str, content: bytes) -> None:
    """Change a stored file behind the store's back."""
    from django.core.files.base import ContentFile

    storages["models"].save(name, ContentFile(content))


def stored(name: str) -> bytes:
    with storages["models"].open(name) as file:
        content: bytes = file.read()
    return content


@pytest.mark.usefixtures("store")
def test_what_was_put_is_fetched(made: Path) -> None:
    checksums = put("7", made)
    assert sorted(checksums) == ["als/facts.json", "als/weights.safetensors", "linear/weights.json"]
    folder = fetch("7", json.loads(json.dumps(checksums)))
    arrays, facts = load_artefact(folder / "als")
    assert arrays["weights"].tolist() == list(range(100))
    assert facts == {"dimension": 64}
    assert json.loads((folder / "linear" / "weights.json").read_text()) == [1, 2]
    assert not (folder / "linear" / "weights.json").stat().st_mode & 0o222  # to be read only
    assert fetch("7", checksums) == folder


@pytest.mark.usefixtures("store")
def test_a_poisoned_a_truncated_and_a_missing_file_are_refused_by_name(made: Path) -> None:
    checksums = put("7", made)
    whole = stored("7/als/weights.safetensors")
    for content in (whole[:-1], whole[:-1] + b"x", b""):
        overwrite("7/als/weights.safetensors", content)
        with pytest.raises(ModelStoreError, match=r"als/weights\.safetensors of model version 7 .*Roll back"):
            fetch("7", checksums)
    storages["models"].delete("7/als/weights.safetensors")
    with pytest.raises(ModelStoreError, match=r"als/weights\.safetensors of model version 7 is missing .*Roll back"):
        fetch("7", checksums)
    overwrite("7/als/weights.safetensors", whole)
    assert (fetch("7", checksums) / "als" / "weights.safetensors").read_bytes() == whole
    assert [one.name.startswith("7-") for one in fetch("7", checksums).parent.iterdir()] == [True]  # nothing half-made


@pytest.mark.usefixtures("store")
def test_a_removed_version_is_gone_and_others_stay(made: Path) -> None:
    checksums = put("7", made)
    put("70", made)
    fetch("7", checksums)
    fetch("70", checksums)
    remove("7")
    with pytest.raises(ModelStoreError, match="missing"):
        fetch("7", checksums)
    assert fetch("70", checksums).is_dir()
    assert stored("70/linear/weights.json") == b"[1, 2]"
    remove("7")  # again: nothing left to do


@pytest.mark.usefixtures("store")
def test_a_changed_cache_is_made_anew(made: Path) -> None:
    checksums = put("7", made)
    folder = fetch("7", checksums)
    poisoned = folder / "linear" / "weights.json"
    poisoned.chmod(0o644)
    poisoned.write_text("[6, 6]")
    assert (fetch("7", checksums) / "linear" / "weights.json").read_text() == "[1, 2]"
    (folder / "linear" / "more.json").write_text("{}")
    assert not (fetch("7", checksums) / "linear" / "more.json").exists()


@pytest.mark.usefixtures("store")
def test_another_training_under_the_same_key_is_another_folder(made: Path) -> None:
    first = fetch("7", put("7", made))
    (made / "linear" / "weights.json").write_text("[3]")
    second = fetch("7", put("7", made))
    assert (first / "linear" / "weights.json").read_text() == "[1, 2]"
    assert (second / "linear" / "weights.json").read_text() == "[3]"


@pytest.mark.usefixtures("store")
def test_many_may_fetch_at_once(made: Path) -> None:
    checksums = put("7", made)
    found: list[Any] = []

    def take() -> None:
        try:
            found.append((fetch("7", checksums) / "linear" / "weights.json").read_text())
        except Exception as error:
            found.append(error)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["[1, 2]"] * 8


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("name", ["weights.pkl", "weights.pt", "model.joblib", "run.sh", "weights"])
def test_only_safetensors_json_and_text_are_stored(made: Path, name: str) -> None:
    (made / "als" / name).write_bytes(b"x")
    with pytest.raises(ModelStoreError, match=rf"als/{name} of model version 7 is not accepted"):
        put("7", made)
    with pytest.raises(ModelStoreError, match="is missing"):
        fetch("7", {"linear/weights.json": "0" * 64})  # nothing was stored at all


def test_links_are_not_followed(made: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    (made / "als" / "more.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(ModelStoreError, match=r"als/more\.json of model version 7 is a link"):
        put("7", made)


@pytest.mark.parametrize("name", ["../outside.json", "/etc/outside.json", "als/../../outside.json", ""])
def test_checksums_cannot_name_a_path_outside(name: str) -> None:
    with pytest.raises(ModelStoreError, match="is no path within its folder"):
        fetch("7", {name: "0" * 64})


@pytest.mark.parametrize("key", ["", "..", "a/b", "../7"])
def test_a_key_is_one_name(key: str, tmp_path: Path) -> None:
    for call in (lambda: put(key, tmp_path), lambda: fetch(key, {}), lambda: remove(key)):
        with pytest.raises(ModelStoreError, match="names no model version"):
            call()


@pytest.mark.usefixtures("store")
def test_what_nobody_uses_leaves_the_cache(made: Path) -> None:
    old = fetch("7", put("7", made))
    month_ago = time.time() - (model_store.UNUSED_DAYS + 1) * 86_400
    os.utime(old, (month_ago, month_ago))
    new = fetch("8", put("8", made))
    assert new.is_dir()
    assert not old.exists()


def test_a_store_that_does_not_answer_is_named(
    settings: Any, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    settings.STORAGES = {**settings.STORAGES, "models": model_storage(tmp_path)}
    settings.MODEL_CACHE_DIR = tmp_path / "cache"
    with pytest.raises(ModelStoreError, match=r"cannot be stored in the model store: "):
        put("7", made)
