"""`manage.py demo --check` from nothing, as a process of its own: every proof through HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from recplatform.demo.proofs import PROOFS

PROJECT = Path(__file__).resolve().parents[3]


@pytest.mark.long
def test_the_demo_proves_itself_and_stops_what_it_started(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    environment["RECPLATFORM_DATA_DIR"] = str(tmp_path)
    run = [sys.executable, "manage.py"]
    ended = subprocess.run([*run, "demo", "--check"], cwd=PROJECT, env=environment, capture_output=True, text=True)
    if "could not be downloaded" in ended.stderr:
        pytest.skip(f"The films cannot be fetched: {ended.stderr[-300:]}")
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    assert ended.stdout.count("\nok ") == len(PROOFS)
    status = subprocess.run([*run, "embedded", "status"], cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert status.stdout.count("stopped") == 2
