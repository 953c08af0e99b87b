"""The demo's own processes: the web server and one Celery worker with beat. Both end when the demo does."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from recplatform.demo.exceptions import PortInUseError, ProcessEndedError

HOST = "127.0.0.1"
READY_SECONDS = 180
STOP_SECONDS = 20
TAIL_LINES = 15
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Child:
    """One process and the file that its output goes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


class Processes:
    """Started one by one, watched together, stopped in one go."""

    def __init__(self) -> None:
        self._children: list[Child] = []

    def start_web(self, port: int) -> None:
        """Gunicorn with the demo's page; several threads, so that a slow answer does not hold up the others."""
        command = ["gunicorn", "recplatform.wsgi", "--bind", f"{HOST}:{port}", "--workers", "1", "--threads", "8"]
        more = {"RECPLATFORM_DEMO": "1", "RECPLATFORM_LOAD_ENCODERS_AT_START": "1"}
        self._start("web", [*command, "--timeout", "120", "--graceful-timeout", "5", "--no-control-socket"], more)

    def start_worker(self) -> None:
        """One worker for all queues. Two tasks at a time, so that a new item does not wait for a long refresh."""
        command = ["celery", "--app", "recplatform", "worker", "--beat", "--queues", "default,encode,train"]
        name = f"demo-{os.getpid()}@%h"  # two demos on one machine are two workers
        self._start("worker", [*command, "--concurrency", "2", "--hostname", name, "--loglevel", "WARNING"], {})

    def _start(self, name: str, module: list[str], more: dict[str, str]) -> None:
        log = settings.DATA_DIR / "demo" / f"{name}.log"
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *module],
                cwd=settings.BASE_DIR,
                env=os.environ | more,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the demo alone, which then stops these in order
                preexec_fn=_end_with_parent,
            )
        self._children.append(Child(name, process, log))

    def check(self) -> None:
        """Raise ProcessEndedError when one has ended, with the end of its log."""
        for child in self._children:
            code = child.process.poll()
            if code is not None:
                lines = child.log.read_text("utf-8", "replace").splitlines()[-TAIL_LINES:]
                raise ProcessEndedError(
                    "\n".join([f"The process {child.name} ended with code {code}. The end of {child.log}:", *lines])
                )

    def wait_until_ready(self, port: int) -> None:
        """Return when /health/ready answers 200."""
        deadline = time.monotonic() + READY_SECONDS
        while not answers(f"http://{HOST}:{port}/health/ready"):
            self.check()
            if time.monotonic() > deadline:
                raise ProcessEndedError(
                    f"The web server did not become ready in {READY_SECONDS} s: see {self._children[0].log}."
                )
            time.sleep(0.2)

    def watch(self) -> None:
        """Stay until one of them ends, or until Ctrl-C."""
        while True:
            self.check()
            time.sleep(1)

    def stop(self) -> None:
        """Ask all to end, the last one started first; whoever takes too long is killed with its own children."""
        for child in reversed(self._children):
            child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in reversed(self._children):
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.process.pid, signal.SIGKILL)
                child.process.wait()
        self._children.clear()


def answers(address: str) -> bool:
    """Whether the address answers 200. Asked directly, whatever proxy the environment names."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def require_free(port: int) -> None:
    """Raise PortInUseError when somebody listens on the port."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            raise PortInUseError(
                f"Port {port} of {HOST} cannot be used ({error.strerror}): stop the program that has it, or choose "
                f"another port with `make demo ARGS='--port {port + 1}'`."
            ) from error


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM and a closed terminal end the demo as Ctrl-C does, so that its processes are stopped too.

    SIGINT is among them, since a shell hands it to what it starts in the background as a signal to be ignored.
    """
    before = {one: signal.signal(one, _interrupt) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _end_with_parent() -> None:
    """On Linux the kernel ends the process when the demo is killed; elsewhere only an orderly end does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
