"""Where the files of model versions lie: a folder, or S3-compatible storage (Django's STORAGES["models"]).

Only safetensors, JSON and text are taken in, never a pickle. What is fetched is held against the checksums that the
database keeps, whoever wrote to the storage meanwhile; from then on it lies in a folder of this machine, and is held
against them again each time a process takes it from there.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages

from recommender.exceptions import ModelStoreError

__all__ = ["ModelStoreError", "fetch", "put", "remove"]

ACCEPTED = (".safetensors", ".json", ".txt")
UNUSED_DAYS = 30
"""Folders that no process of this machine took for so long are dropped from its cache."""
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PIECE = 1 << 20
_UNFINISHED = "unfinished-"
WAY_OUT = "Roll back to an earlier version in the admin, or train anew."


def put(version_key: str, folder: Path) -> dict[str, str]:
    """Store every file of the folder; SHA-256 by relative path, to be kept with the version.

    Raises ModelStoreError before anything is stored when a file is of a kind that is not accepted.
    """
    key, storage = _checked_key(version_key), _storage()
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if not path.is_dir()}
    for name, path in files.items():
        _check_name(version_key, name)
        if path.is_symlink():
            raise ModelStoreError(f"{name} of model version {version_key} is a link: only files are stored.")
    checksums = {}
    for name, path in files.items():
        checksums[name] = _checksum(path)
        _store(storage, f"{key}/{name}", path)
    return checksums


def fetch(version_key: str, checksums: Mapping[str, str]) -> Path:
    """A folder of this machine with exactly these files, each held against its checksum. Read them, never write.

    Several processes may fetch at once: the folder appears whole, under its name, or not at all.

    Raises ModelStoreError, which names the file, when one is missing, cut short or changed.
    """
    folder = _cache() / f"{_checked_key(version_key)}-{_name_of(checksums)}"
    for name in checksums:
        _check_name(version_key, name)
    if not _is_intact(folder, checksums):
        _download(version_key, checksums, folder)
    os.utime(folder)
    return folder


def remove(version_key: str) -> None:
    """Delete the version's files, here and in the storage. A version without files is removed already."""
    key = _checked_key(version_key)
    _delete_under(_storage(), key)
    for folder in _cache().glob(f"{key}-" + "?" * 16):
        shutil.rmtree(folder, ignore_errors=True)


def _storage() -> Storage:
    return storages["models"]


def _cache() -> Path:
    folder: Path = settings.MODEL_CACHE_DIR
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _checked_key(version_key: str) -> str:
    if not _KEY.fullmatch(version_key):
        raise ModelStoreError(f"{version_key!r} names no model version: letters, digits, dots and dashes do.")
    return version_key


def _check_name(version_key: str, name: str) -> None:
    """Refuse what must not be stored, and paths that would lead out of the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or not path.name:
        raise ModelStoreError(f"{name!r} of model version {version_key} is no path within its folder. {WAY_OUT}")
    if path.suffix not in ACCEPTED:
        raise ModelStoreError(
            f"{name} of model version {version_key} is not accepted: models are kept as {', '.join(ACCEPTED)} only."
        )


def _store(storage: Storage, name: str, path: Path) -> None:
    try:
        with path.open("rb") as file:
            stored = storage.save(name, File(file, name=name))
    except Exception as error:  # each storage has errors of its own
        raise ModelStoreError(f"{name} cannot be stored in the model store: {error}") from error
    if stored != name:
        raise ModelStoreError(
            f"The model store kept {name} as {stored}: let the storage `models` overwrite files, or choose another key."
        )


def _checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _name_of(checksums: Mapping[str, str]) -> str:
    """16 characters that name a set of files."""
    said = "\n".join(f"{name} {checksums[name]}" for name in sorted(checksums))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _is_intact(folder: Path, checksums: Mapping[str, str]) -> bool:
    """Whether the folder holds exactly these files, unchanged."""
    try:
        here = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
        return (
            folder.is_dir()
            and here == set(checksums)
            and all(_checksum(folder / one) == checksums[one] for one in here)
        )
    except OSError:
        return False


def _download(version_key: str, checksums: Mapping[str, str], folder: Path) -> None:
    made = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder.parent))
    try:
        storage = _storage()
        for name, checksum in checksums.items():
            target = made / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if _copy(storage, version_key, name, target) != checksum:
                raise ModelStoreError(
                    f"{name} of model version {version_key} is not the file that was stored: its checksum is another, "
                    f"so it was changed or cut short. {WAY_OUT}"
                )
            target.chmod(0o444)
        made.chmod(0o755)
        _move_in(made, folder, checksums)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    _drop_unused(folder.parent)


def _copy(storage: Storage, version_key: str, name: str, target: Path) -> str:
    """Copy a file out of the storage; its SHA-256 as it came."""
    digest = hashlib.sha256()
    try:
        with storage.open(f"{version_key}/{name}", "rb") as source, target.open("wb") as copy:
            while piece := source.read(_PIECE):
                digest.update(piece)
                copy.write(piece)
    except FileNotFoundError as error:
        raise ModelStoreError(
            f"{name} of model version {version_key} is missing in the model store. {WAY_OUT}"
        ) from error
    except Exception as error:  # each storage has errors of its own
        raise ModelStoreError(
            f"{name} of model version {version_key} cannot be read from the model store: {error}"
        ) from error
    return digest.hexdigest()


def _move_in(made: Path, folder: Path, checksums: Mapping[str, str]) -> None:
    """Give the finished folder its name; where another process was first, theirs is as good."""
    for _ in range(3):
        try:
            made.rename(folder)
            return
        except OSError:
            if _is_intact(folder, checksums):
                return
        broken = made.with_name(f"{made.name}-broken")
        try:
            folder.rename(broken)
        except OSError:
            continue  # another process moved it away
        shutil.rmtree(broken, ignore_errors=True)
    raise ModelStoreError(f"The folder {folder.name} of the model cache cannot be written: is it in use elsewhere?")


def _drop_unused(cache: Path) -> None:
    """What was not taken for a month, and downloads that were killed."""
    oldest = time.time() - UNUSED_DAYS * 86_400
    for folder in cache.iterdir():
        try:
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # another process was first
            continue


def _delete_under(storage: Storage, name: str) -> None:
    for path in list(_files_under(storage, name)):
        storage.delete(path)


def _files_under(storage: Storage, name: str) -> Iterator[str]:
    """Files below the name, then the folders that held them, deepest first."""
    try:
        folders, files = storage.listdir(name)
    except FileNotFoundError:
        return
    yield from (f"{name}/{file}" for file in files)
    for folder in folders:
        yield from _files_under(storage, f"{name}/{folder}")
    yield name
