"""Where the embedded services live: the data folder, the folder of their sockets, the lock, generated secrets."""

import fcntl
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recplatform.env import env_str

PROJECT_FOLDER = Path(__file__).resolve().parent.parent
# A Unix socket's path has room for 104 bytes on some systems (108 on Linux), its ending zero included.
LONGEST_SOCKET_PATH = 100
LONGEST_SOCKET_NAME = ".s.PGSQL.5432"
# Not tempfile.gettempdir(): two processes with another TMPDIR have to find the same socket.
TEMPORARY_FOLDER = Path("/tmp")  # noqa: S108 - what is made there is checked by make_private_folder


class EmbeddedServiceError(Exception):
    """An embedded service cannot be started; set DATABASE_URL and REDIS_URL to use your own servers."""


def data_folder() -> Path:
    """`RECPLATFORM_DATA_DIR`, else `.data` beside manage.py. Absolute; not made here."""
    return Path(env_str("RECPLATFORM_DATA_DIR", str(PROJECT_FOLDER / ".data"))).expanduser().resolve()


def socket_folder(folder: Path) -> Path:
    """`run` in the data folder, or a short folder under /tmp when a socket's path would be too long."""
    inside = folder / "run"
    if len(os.fsencode(inside / LONGEST_SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
        return inside
    return TEMPORARY_FOLDER / f"recplatform-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"


def make_folder(folder: Path, mode: int = 0o700) -> None:
    """Make the data folder, which other users may pass only where root shares it with the database's user."""
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedServiceError(
            f"The data folder {folder} cannot be made ({error.strerror}): set RECPLATFORM_DATA_DIR to a folder "
            "that this user may write."
        ) from error


def make_private_folder(folder: Path, owner: int) -> None:
    """Make a folder that only `owner` (and root) may enter; refuse one that somebody else has put there."""
    make_folder(folder)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.geteuid()}:
        raise EmbeddedServiceError(
            f"{folder} belongs to another user: remove it, or set RECPLATFORM_DATA_DIR to another folder."
        )
    if found.st_uid != owner:
        os.chown(folder, owner, -1)
    folder.chmod(0o700)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One process at a time starts or stops the services of a data folder; the others wait. Released by a kill too."""
    make_folder(folder, 0o711 if os.geteuid() == 0 else 0o700)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def generated_secret(name: str) -> str:
    """The secret kept in the data folder, made on first use; only its owner may read the file."""
    folder = data_folder()
    file = folder / "secrets" / name
    if not file.exists():
        with locked(folder):
            make_private_folder(file.parent, os.geteuid())
            if not file.exists():
                _write_private(file, secrets.token_urlsafe(50))
    return file.read_text("utf-8")


def _write_private(file: Path, text: str) -> None:
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    draft.rename(file)  # in one step: a reader never sees half a secret
