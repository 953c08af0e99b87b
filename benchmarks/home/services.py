"""The benchmark's own services: an embedded Postgres and Redis per number of events, under ``.data/benchmarks``."""

import os
import shutil
import sys
from pathlib import Path

VERSION = "1"


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def folder(events: int) -> Path:
    """The data folder of one size."""
    return (Path(os.environ.get("RECPLATFORM_BENCHMARKS", ".data/benchmarks")) / "home" / f"events-{events}").resolve()


def open_services(events: int) -> bool:
    """Settings, services and tables, in the benchmark's own folder; whether the data is there already."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    os.environ["RECPLATFORM_DATA_DIR"] = str(folder(events))
    os.environ["RECPLATFORM_LOG_LEVEL"] = "WARNING"
    os.environ["DJANGO_SETTINGS_MODULE"] = "recplatform.settings"
    ready = _stamp(events).is_file() and _stamp(events).read_text("utf-8") == VERSION
    if not ready and folder(events).exists():
        say(f"Making {folder(events)} anew: it is half made, or was made by another version …")
        close_services()
        shutil.rmtree(folder(events))
    _start()
    return ready


def _start() -> None:
    import django
    from django.core.management import call_command

    from recplatform import embedded

    django.setup()
    embedded.start()
    call_command("migrate", verbosity=0)


def close_services() -> None:
    """Stop the servers; the data stays."""
    from recplatform import embedded

    embedded.stop()


def mark_ready(events: int) -> None:
    """Only a year that was made to the end is used again."""
    _stamp(events).write_text(VERSION, encoding="utf-8")


def _stamp(events: int) -> Path:
    return folder(events) / "benchmark.txt"
