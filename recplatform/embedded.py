"""Embedded services: a Postgres and a Redis of our own when `DATABASE_URL` or `REDIS_URL` is unset.

Settings only compute where the sockets are (`database_settings`, `redis_url`); nothing starts by an import of them.
What needs services calls `start()` before it connects: manage.py for most commands (`needed_by`), the web process
(wsgi, asgi), a Celery worker or beat, the tests, and any script of your own. Calling it again costs milliseconds.
The servers outlive the process that started them; `manage.py embedded stop` ends them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from recplatform.embedded_folders import EmbeddedServiceError, data_folder, generated_secret, locked, socket_folder
from recplatform.env import env_str

__all__ = [
    "EmbeddedServiceError",
    "ServiceStatus",
    "data_folder",
    "database_settings",
    "generated_secret",
    "needed_by",
    "redis_url",
    "start",
    "status",
    "stop",
]

# Commands that touch neither database nor Redis, or start them themselves (demo).
COMMANDS_WITHOUT_SERVICES = {
    "check", "collectstatic", "compilemessages", "demo", "diffsettings", "embedded", "findstatic", "help",
    "makemessages", "spectacular", "startapp", "startproject", "version",
}  # fmt: skip


@dataclass(frozen=True)
class ServiceStatus:
    """One service as `manage.py embedded status` shows it."""

    name: str
    used: bool
    """False when its address is set in the environment."""
    pid: int | None
    ready: bool
    folder: Path


def needed_by(arguments: list[str]) -> bool:
    """Whether this command line needs services: `["manage.py", "migrate"]` does, `check` and `--help` do not."""
    if len(arguments) < 2 or {"-h", "--help", "--version"} & set(arguments[1:]):
        return False
    return arguments[1] not in COMMANDS_WITHOUT_SERVICES or any(part.startswith("--database") for part in arguments)


def database_settings() -> dict[str, Any]:
    """Django's connection settings of the embedded Postgres. The role is plain: no superuser."""
    from recplatform.embedded_postgres import DATABASE, PORT, ROLE

    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "USER": ROLE,
        "PASSWORD": "",
        "HOST": str(socket_folder(data_folder())),
        "PORT": str(PORT),
    }


def redis_url() -> str:
    """The address of the embedded Redis, a Unix socket."""
    return f"unix://{quote(str(socket_folder(data_folder()) / 'redis.sock'))}"


def start() -> None:
    """Start the services whose address is unset, unless they run already. Processes that start at once share them."""
    folder = data_folder()
    wanted = [service for name, service in _services(folder) if _is_used(name)]
    if all(service.is_ready() for service in wanted):
        return
    with locked(folder):
        for service in wanted:
            if not service.is_ready():
                service.start()


def stop() -> list[str]:
    """Stop the services of the data folder; the names of those that ran. Their data stays."""
    folder = data_folder()
    with locked(folder):
        return [name for name, service in _services(folder) if service.stop()]


def status() -> list[ServiceStatus]:
    """What runs in the data folder."""
    return [
        ServiceStatus(name, _is_used(name), process.pid if process else None, service.is_ready(), service.data)
        for name, service in _services(data_folder())
        for process in [service.process()]
    ]


def _is_used(name: str) -> bool:
    return not env_str({"Postgres": "DATABASE_URL", "Redis": "REDIS_URL"}[name])


def _services(folder: Path) -> Iterator[tuple[str, Any]]:
    # Imported here: a process with its own servers needs none of it.
    from recplatform.embedded_postgres import Postgres
    from recplatform.embedded_redis import Redis

    yield "Postgres", Postgres(folder)
    yield "Redis", Redis(folder)
