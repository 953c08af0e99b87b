"""Run manage.py in a process of its own, with an environment that holds nothing of this machine's settings."""

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
OURS = ("RECPLATFORM_", "DATABASE_URL", "REDIS_URL", "DJANGO_")


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """The environment without our variables, plus the data folder and the given ones."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**inherited, "RECPLATFORM_DATA_DIR": str(folder), **variables}


def manage(folder: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return python(folder, "manage.py", *arguments, **variables)


def python(folder: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run the interpreter to its end."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env=environment(folder, **variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
