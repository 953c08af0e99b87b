"""Uploads are private, read in another way on demand, and deleted when they are kept no longer."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from catalog.exceptions import FileError
from catalog.models import Catalog, ImportRun
from catalog.wizard import samples, uploads
from catalog.wizard.mapping import Mapping
from catalog.wizard.reading import Reading
from catalog.wizard.samples import Sample
from tests.catalog.wizard.files import table, upload

pytestmark = pytest.mark.django_db
CONTENT = table(["id", "title"], ["1", "装"])


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_an_upload_lies_where_only_its_owner_reads(shop: Catalog, uploads_folder: Path) -> None:
    run = upload(shop, CONTENT, "../../Kunden ä.csv")
    assert run.original_name == "Kunden ä.csv"
    assert {path.name for path in files(uploads_folder)} == {"upload.csv", "sample.json"}
    for path in files(uploads_folder):
        assert path.parent == uploads_folder / "imports" / str(run.token)
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0
    sample = uploads.sample_of(run)
    assert (sample.columns, sample.whole) == (["id", "title"], True)
    assert Sample.loaded(sample.dumped()) == sample


def test_one_that_is_too_large_is_refused_with_the_way_out(settings: Any) -> None:
    settings.MAX_UPLOAD_MB = 1
    with pytest.raises(FileError, match="this server takes 1 MB at most: split"):
        uploads.look_at("a.csv", SimpleUploadedFile("a.csv", b"x" * 1_572_864))


@pytest.mark.parametrize("content", [b"id,title\n", b"id,title\n\n\n"])
def test_one_without_rows_is_refused(content: bytes) -> None:
    with pytest.raises(FileError, match="no rows"):
        uploads.look_at("a.csv", SimpleUploadedFile("a.csv", content))


def test_it_is_read_in_another_way(shop: Catalog) -> None:
    run = upload(shop, table(["id", "title;more"], ["1", "é;x"], encoding="windows-1252"))
    assert run.reading == {"format": "csv", "encoding": "windows-1252", "separator": ","}
    uploads.map_columns(run, Mapping((("id", "item_id"), ("title;more", ""))))
    uploads.read_as(run, Reading("csv", "gb18030", ","))
    assert run.mapping["columns"] == [["id", "item_id"], ["title;more", ""]]
    uploads.read_as(run, Reading("csv", "windows-1252", ";"))
    run.refresh_from_db()
    assert run.mapping["columns"] == [["id,title", ""], ["more", ""]]
    with pytest.raises(FileError, match=r"UTF-16|no rows"):
        uploads.read_as(run, Reading("csv", "utf-16", ","))


def test_of_a_long_file_the_last_record_of_the_part_is_left_out(shop: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MOST_BYTES", 40)
    run = upload(shop, table(["id", "title"], *[[str(number), "A long title"] for number in range(10)]))
    sample = uploads.sample_of(run)
    assert 0 < len(sample.records) < 4
    assert not sample.whole
    assert {one.cells["title"] for one in sample.records} == {"A long title"}


def test_files_are_deleted_with_their_import_or_after_a_month(shop: Catalog, uploads_folder: Path) -> None:
    first, second, third = (upload(shop, CONTENT) for _ in range(3))
    uploads.delete_runs([first])
    assert len(files(uploads_folder)) == 4
    now = timezone.now()
    ImportRun.objects.filter(pk=second.pk).update(uploaded_at=now - timedelta(days=31))
    uploads.sweep_files(now)
    assert {path.parent.name for path in files(uploads_folder)} == {str(third.token)}
    second.refresh_from_db()
    with pytest.raises(FileError, match="upload it again"):
        uploads.sample_of(second)
    shop.delete()
    uploads.sweep_files(now)
    assert files(uploads_folder)  # they may belong to an upload that is not committed yet
    uploads.sweep_files(now + timedelta(hours=2))
    assert files(uploads_folder) == []
    assert list((uploads_folder / "imports").iterdir()) == []
