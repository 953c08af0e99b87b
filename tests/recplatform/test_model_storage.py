"""Where models are kept follows from the variables: a folder, or a bucket of S3-compatible storage."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from recplatform.model_storage import model_storage


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("", "_ENDPOINT", "_REGION"):
        monkeypatch.delenv(f"RECPLATFORM_MODEL_STORE{name}", raising=False)


def test_the_default_is_a_folder_of_the_data(tmp_path: Path) -> None:
    made = model_storage(tmp_path)
    assert made["BACKEND"].endswith("FileSystemStorage")
    assert made["OPTIONS"]["location"] == str(tmp_path / "models")


def test_a_folder_may_be_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RECPLATFORM_MODEL_STORE", "/mnt/models")
    assert model_storage(tmp_path)["OPTIONS"]["location"] == "/mnt/models"


def test_a_bucket_with_its_folder_address_and_region(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RECPLATFORM_MODEL_STORE", "s3://Shop.models/deep/folder/")
    monkeypatch.setenv("RECPLATFORM_MODEL_STORE_ENDPOINT", "https://storage.example.org")
    monkeypatch.setenv("RECPLATFORM_MODEL_STORE_REGION", "eu-1")
    made = model_storage(tmp_path)
    assert made["BACKEND"] == "storages.backends.s3.S3Storage"
    expected = {"bucket_name": "Shop.models", "location": "deep/folder", "region_name": "eu-1"}
    assert expected.items() <= made["OPTIONS"].items()
    assert made["OPTIONS"]["endpoint_url"] == "https://storage.example.org"
    monkeypatch.delenv("RECPLATFORM_MODEL_STORE_ENDPOINT")
    assert model_storage(tmp_path)["OPTIONS"]["endpoint_url"] is None


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("models", "RECPLATFORM_MODEL_STORE is 'models': write the whole path"),
        ("gs://bucket", "RECPLATFORM_MODEL_STORE has the scheme gs"),
        ("s3:///folder", "RECPLATFORM_MODEL_STORE names no bucket"),
        ("s3://key:hidden@bucket/folder", "without a password"),
    ],
)
def test_a_wrong_place_is_one_sentence_without_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str, message: str
) -> None:
    monkeypatch.setenv("RECPLATFORM_MODEL_STORE", place)
    with pytest.raises(ImproperlyConfigured, match=message) as raised:
        model_storage(tmp_path)
    assert "hidden" not in str(raised.value)
