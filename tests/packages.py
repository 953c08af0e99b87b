"""Packages of plugins, built and installed by pip into a folder of their own, and processes that see them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

PROJECT = Path(__file__).resolve().parent.parent


def install(source: Path, folder: Path) -> Path:
    """Build the package with pip, without a network, and install it into `folder/site`; the folder to put on a path."""
    copy = Path(shutil.copytree(source, folder / "source", ignore=shutil.ignore_patterns("__pycache__")))
    site = folder / "site"
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--no-cache-dir", "--quiet"]
    command = [sys.executable, "-m", "pip", "install", *offline, "--target", str(site), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return site


def python(site: Path, *arguments: str, folder: Path = PROJECT, **variables: str) -> str:
    """What the interpreter prints with the installed package on its path; the databases are this test run's."""
    paths = os.pathsep.join([str(site), str(PROJECT)])
    named = {"PYTHONPATH": paths, "DATABASE_URL": database_url(), "RECPLATFORM_SECRET_KEY": settings.SECRET_KEY}
    environment = {**os.environ, **named, "RECPLATFORM_ALLOWED_HOSTS": "localhost", **variables}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def database_url() -> str:
    """Of the database that this test runs in, for another process."""
    known = connection.settings_dict
    who = quote(known["USER"], safe="") + (f":{quote(known['PASSWORD'], safe='')}" if known["PASSWORD"] else "")
    port = f":{known['PORT']}" if known["PORT"] else ""
    return f"postgresql://{who}@{quote(known['HOST'], safe='')}{port}/{known['NAME']}"
