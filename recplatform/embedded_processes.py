"""Which processes are ours. A pid in a file proves nothing: it may be stale, a zombie's, or somebody else's by now."""

import time
from collections.abc import Iterable
from pathlib import Path

import psutil


def in_folder(folder: Path, name: str) -> list[psutil.Process]:
    """Living processes called `name…` that work in `folder` (both services change into their data folder)."""
    named = (process for process in psutil.process_iter(["name"]) if (process.info["name"] or "").startswith(name))
    return [process for process in named if _works_in(process, folder)]


def by_pid_file(file: Path, folder: Path, name: str) -> psutil.Process | None:
    """The process whose pid is the file's first line, if it lives and is really ours."""
    try:
        process = psutil.Process(int(file.read_text("utf-8").split()[0]))
        ours = process.name().startswith(name) and _works_in(process, folder)
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return process if ours else None


def end(processes: Iterable[psutil.Process], patience: float) -> None:
    """Wait for them to end by themselves, then kill what is left."""
    deadline = time.monotonic() + patience
    for process in processes:
        if not wait_until_gone(process, deadline - time.monotonic()):
            process.kill()
            wait_until_gone(process, 5)


def wait_until_gone(process: psutil.Process, seconds: float) -> bool:
    """Whether the process ended (a zombie has) within the time."""
    deadline = time.monotonic() + seconds
    while is_alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_alive(process: psutil.Process) -> bool:
    """Running and no zombie: where nobody reaps, a killed server stays in the table as one."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return is_alive(process) and Path(process.cwd()) == folder
    except (psutil.Error, OSError):
        return False
