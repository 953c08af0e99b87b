"""Uploads: kept with their sample, read in another way, mapped, deleted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from catalog.exceptions import FileError
from catalog.models import Catalog, ImportRun
from catalog.wizard.guessing import guess
from catalog.wizard.kinds import ImportKind, import_kind
from catalog.wizard.mapping import Mapping
from catalog.wizard.reading import HEAD, Reading, recognise
from catalog.wizard.samples import Sample, take_sample
from catalog.wizard.tables import written

FOLDER = "imports"
KEEP_FILES = timedelta(days=30)
"""Uploads may hold personal data."""
YOUNG = timedelta(hours=1)
FILES = ("file", "sample", "rejected_rows")


def look_at(name: str, upload: File[bytes]) -> tuple[Reading, Sample]:
    """How an upload is to be read, and its beginning.

    Raises:
        FileError: it is too large, of an unknown format, cannot be read or has no rows.
    """
    size, most = upload.size or 0, settings.MAX_UPLOAD_MB
    if size > most * 1024 * 1024:
        raise FileError(
            f"“{name}” has {size / 1024**2:,.1f} MB, this server takes {most:,} MB at most: split the file, have "
            "RECPLATFORM_MAX_UPLOAD_MB raised, or import it with `manage.py import`."
        )
    upload.seek(0)
    reading = recognise(name, upload.read(HEAD))
    return reading, take_sample(upload, reading)


def keep(
    catalog: Catalog, kind: str, name: str, upload: File[bytes], looked_at: tuple[Reading, Sample], who: Any = None
) -> ImportRun:
    """Store an upload that was looked at, with a guessed mapping. Nothing is imported yet."""
    reading, sample = looked_at
    run = ImportRun(
        catalog=catalog, kind=kind, original_name=written(Path(name).name), reading=reading.stored(), uploaded_by=who
    )
    run.mapping = _guess(run, sample).stored()
    upload.seek(0)
    run.file.save(f"upload{Path(name).suffix.lower()}", upload, save=False)
    run.sample.save("sample.json", ContentFile(sample.dumped()), save=False)
    run.save()
    return run


def sample_of(run: ImportRun) -> Sample:
    """The beginning of the upload.

    Raises:
        FileError: its files were deleted.
    """
    if not run.sample:
        raise FileError("The uploaded file was deleted: upload it again.")
    try:
        with run.sample.open("rb") as stored:
            return Sample.loaded(stored.read())
    except OSError as error:
        raise FileError("The uploaded file cannot be found: upload it again.") from error


def read_as(run: ImportRun, reading: Reading) -> Sample:
    """Read the upload in another way. Columns that have other names then are guessed anew.

    Raises:
        FileError: it cannot be read so, and stays as it was.
    """
    with run.file.open("rb") as stored:
        sample = take_sample(stored, reading)
    run.reading = reading.stored()
    if sample.columns != [column for column, _ in Mapping.of(run.mapping).columns]:
        run.mapping = _guess(run, sample).stored()
    delete_files(run, ("sample",))
    run.sample.save("sample.json", ContentFile(sample.dumped()), save=False)
    run.save(update_fields=("reading", "mapping", "sample"))
    return sample


def map_columns(run: ImportRun, mapping: Mapping) -> None:
    """Keep the mapping that somebody chose."""
    run.mapping = mapping.stored()
    run.save(update_fields=("mapping",))


def kind_of(run: ImportRun) -> ImportKind:
    """What the upload holds."""
    return import_kind(run.kind)


def delete_runs(runs: Iterable[ImportRun]) -> None:
    """Delete imports with their files; what they imported stays."""
    for run in runs:
        delete_files(run, FILES)
        run.delete()


def delete_files(run: ImportRun, names: Iterable[str]) -> None:
    """Delete some files of an import. The row is not saved."""
    for name in names:
        if kept := getattr(run, name):
            kept.delete(save=False)


def sweep_files(now: datetime) -> int:
    """Delete files that are kept no longer, and those whose import is gone (it went with its catalog)."""
    old = ImportRun.objects.filter(uploaded_at__lt=now - KEEP_FILES).exclude(file="", sample="", rejected_rows="")
    runs = list(old.exclude(status__in=ImportRun.OPEN))
    for run in runs:
        delete_files(run, FILES)
        run.save(update_fields=FILES)
    return len(runs) + _sweep_orphans(now)


def _sweep_orphans(now: datetime) -> int:
    swept = 0
    for token in _tokens():
        if not ImportRun.objects.filter(token=token).exclude(file="", sample="", rejected_rows="").exists():
            swept += _delete_folder(f"{FOLDER}/{token}", now)
    return swept


def _tokens() -> list[UUID]:
    try:
        folders, _ = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        return []
    return [UUID(name) for name in folders]


def _delete_folder(folder: str, now: datetime) -> int:
    """The files of a folder, unless they are so young that their import may not be committed yet."""
    paths = [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
    if any(default_storage.get_modified_time(path) > now - YOUNG for path in paths):
        return 0
    for path in paths:
        default_storage.delete(path)
    default_storage.delete(folder)
    return len(paths)


def _guess(run: ImportRun, sample: Sample) -> Mapping:
    """By the names of the columns, and by what the last import of this kind did."""
    others = ImportRun.objects.filter(catalog=run.catalog_id, kind=run.kind).exclude(pk=run.pk)
    before = others.exclude(status=ImportRun.Status.UPLOADED).order_by("-id").values_list("mapping", flat=True).first()
    return guess(kind_of(run), sample.columns, sample.records, Mapping.of(before) if before else None)
