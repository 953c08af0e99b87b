"""The embedded services, as separate processes in folders of their own."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from recplatform import embedded
from recplatform.embedded_folders import LONGEST_SOCKET_PATH, generated_secret, socket_folder
from recplatform.embedded_postgres import Postgres
from recplatform.embedded_redis import Redis
from tests.recplatform.command_line import PROJECT, environment, manage


@pytest.fixture(scope="module")
def shared_parent() -> Iterator[Path]:
    """One cluster for most tests: making one takes seconds on a busy machine."""
    parent = Path(tempfile.mkdtemp(prefix="rp-"))
    yield parent
    shutil.rmtree(parent)


@pytest.fixture
def folder(shared_parent: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The shared data folder, its services stopped before and after the test."""
    yield from in_use(shared_parent / "data", monkeypatch)


@pytest.fixture
def new_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder that does not exist yet."""
    parent = Path(tempfile.mkdtemp(prefix="rp-"))
    yield from in_use(parent / "data", monkeypatch)
    shutil.rmtree(parent)


@pytest.fixture
def deep(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder whose sockets do not fit in it, with a name that a shell would stumble over."""
    parent = Path(tempfile.mkdtemp(prefix="rp-"))
    deep = parent / ("a folder with 'quotes' and \"more\" $HOME " + "d" * 120)
    yield from in_use(deep, monkeypatch)
    shutil.rmtree(socket_folder(deep))
    shutil.rmtree(parent)


def in_use(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for variable in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("RECPLATFORM_DATA_DIR", str(folder))
    yield folder
    embedded.stop()


def start() -> list[int | None]:
    """Start both services and return their process ids."""
    embedded.start()
    assert [service.ready for service in embedded.status()] == [True, True]
    return [service.pid for service in embedded.status()]


def connect(folder: Path, database: str = "recplatform") -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(host=str(socket_folder(folder)), user="recplatform", dbname=database, autocommit=True)


def test_processes_that_start_at_once_share_one_server(new_folder: Path) -> None:
    command = [sys.executable, "manage.py", "embedded", "start"]
    starters = [
        subprocess.Popen(command, cwd=PROJECT, env=environment(new_folder), stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    answers = [starter.communicate(timeout=120)[0] for starter in starters]
    assert [starter.returncode for starter in starters] == [0, 0, 0]
    assert answers[0].count("ready") == 2
    assert answers[0] == answers[1] == answers[2]  # the same process ids


def test_killed_servers_come_back_with_their_data(folder: Path) -> None:
    start()
    with connect(folder) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with redis.Redis(unix_socket_path=str(Redis(folder).socket)) as client:
        client.set("kept", "42")
    for service in (Postgres(folder), Redis(folder)):
        process = service.process()
        assert process is not None
        process.kill()
        process.wait(10)
    assert [service.ready for service in embedded.status()] == [False, False]
    start()
    with connect(folder) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    with redis.Redis(unix_socket_path=str(Redis(folder).socket)) as client:
        assert client.get("kept") == b"42"


def test_stale_files_that_name_a_living_process_are_no_obstacle(folder: Path) -> None:
    start()
    assert embedded.stop() == ["Postgres", "Redis"]
    postgres, me = Postgres(folder), os.getpid()
    status = [str(me), str(postgres.data), "1700000000", "5432", str(postgres.sockets), "", "1 1", "ready"]
    (postgres.data / "postmaster.pid").write_text("\n".join(status) + "\n")
    (postgres.sockets / ".s.PGSQL.5432").touch()
    (postgres.sockets / ".s.PGSQL.5432.lock").write_text("\n".join(status[:5]) + "\n")
    (folder / "redis" / "redis.pid").write_text(f"{me}\n")
    Redis(folder).socket.touch()
    start()


def test_deleted_socket_files_are_made_again(folder: Path) -> None:
    start()
    for socket in (Postgres(folder).sockets / ".s.PGSQL.5432", Redis(folder).socket):
        socket.unlink()
    start()
    with connect(folder) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_path_too_long_for_a_socket_works(deep: Path) -> None:
    start()
    assert len(os.fsencode(Redis(deep).socket)) < LONGEST_SOCKET_PATH
    with connect(deep) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_folder_removed_under_running_servers_starts_anew(deep: Path) -> None:
    before = start()
    shutil.rmtree(deep)
    try:
        assert not set(start()) & set(before)
    finally:
        for pid in before:
            if pid is not None and psutil.pid_exists(pid):
                psutil.Process(pid).kill()


def test_an_interrupted_first_start_is_no_obstacle(new_folder: Path) -> None:
    half = new_folder / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    start()


def test_data_of_another_postgres_is_refused_with_the_way_out(new_folder: Path) -> None:
    (new_folder / "postgres").mkdir(parents=True)
    (new_folder / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(embedded.EmbeddedServiceError, match=r"(?s)made by PostgreSQL 15.*RECPLATFORM_DATA_DIR"):
        embedded.start()


def test_the_role_is_plain_and_its_databases_know_vectors(folder: Path) -> None:
    start()
    with connect(folder) as connection:
        role = connection.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert role == (False, True, False, False)
        connection.execute("CREATE DATABASE another")
    with connect(folder, "another") as connection:
        assert connection.execute("SELECT '[1,2]'::vector <-> '[1,2]'::vector").fetchone() == (0.0,)


def test_words_of_every_language_are_words(folder: Path) -> None:
    start()
    with connect(folder) as connection:
        found = connection.execute("SELECT to_tsvector('simple', 'Größe，「高端」 ÉCOLE')::text").fetchone()
        assert found == ("'größe':1 'école':3 '高端':2",)


def test_only_the_owner_enters_the_sockets_and_reads_the_secret(folder: Path) -> None:
    start()
    assert socket_folder(folder).stat().st_mode & 0o777 == 0o700
    secret = generated_secret("secret_key")
    assert secret == generated_secret("secret_key")
    assert len(secret) >= 50
    assert (folder / "secrets" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_command_shows_and_stops_what_runs(folder: Path) -> None:
    assert manage(folder, "embedded", "status").stdout.count("stopped") == 2
    postgres, redis_server = start()
    shown = manage(folder, "embedded", "status").stdout
    assert f"Postgres: ready, process {postgres}" in shown
    assert f"Redis: ready, process {redis_server}" in shown
    assert manage(folder, "embedded", "stop").stdout == "Stopped: Postgres, Redis.\n"
    assert [service.pid for service in embedded.status()] == [None, None]
    assert embedded.stop() == []


def test_services_with_an_address_are_left_alone(new_folder: Path) -> None:
    addresses = {
        "DATABASE_URL": "postgresql://recplatform:x@127.0.0.1:1/recplatform",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "RECPLATFORM_SECRET_KEY": "s" * 60,
    }
    assert manage(new_folder, "embedded", "start", **addresses).stdout.count("not embedded") == 2
    assert not (new_folder / "postgres").exists()


@pytest.mark.parametrize(
    ("line", "needed"),
    [
        ("migrate", True),
        ("runserver", True),
        ("shell", True),
        ("check --database default", True),
        ("check", False),
        ("check --deploy", False),
        ("help", False),
        ("migrate --help", False),
        ("embedded stop", False),
        ("collectstatic --noinput", False),
        ("", False),
    ],
)
def test_only_commands_that_need_services_start_them(line: str, needed: bool) -> None:
    assert embedded.needed_by(["manage.py", *line.split()]) is needed
