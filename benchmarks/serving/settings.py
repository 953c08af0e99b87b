"""The benchmark's own services: an embedded Postgres and Redis per size, kept under ``.data/benchmarks``."""

import json
import os
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Parameters:
    """What the catalog is made from. Data made with other parameters, or by an older `version`, is made anew."""

    items: int
    clusters: int = 500
    profiles: int = 20_000
    events: int = 300_000
    asking: int = 500
    """The first profiles have a history of exactly `history` items: they are the ones who ask."""
    history: int = 50
    dimension: int = 384
    version: int = 1


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def folder(parameters: Parameters) -> Path:
    """The data folder of one size."""
    root = Path(os.environ.get("RECPLATFORM_BENCHMARKS", ".data/benchmarks"))
    return (root / "serving" / f"items-{parameters.items}").resolve()


def open_services(parameters: Parameters) -> bool:
    """Settings, services and tables, in the benchmark's own folder; whether the data is there already."""
    place = folder(parameters)
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    os.environ["RECPLATFORM_DATA_DIR"] = str(place)
    os.environ["RECPLATFORM_LOG_LEVEL"] = "WARNING"
    os.environ["DJANGO_SETTINGS_MODULE"] = "recplatform.settings"
    ready = _is_ready(place, parameters)
    if ready and _start():
        return True
    if place.exists():
        say(f"Making {place} anew: it is half made, or was made by another version …")
        close_services()
        shutil.rmtree(place)
    if not _start():
        raise RuntimeError(f"The tables could not be made in {place}.")
    return False


def _start() -> bool:
    """Whether the services are up and their tables those of this version."""
    import django
    from django.core.management import call_command
    from django.db import DatabaseError, connection
    from django.db.migrations.exceptions import InconsistentMigrationHistory

    from recplatform import embedded

    django.setup()
    embedded.start()
    try:
        call_command("migrate", verbosity=0)
    except (DatabaseError, InconsistentMigrationHistory) as error:
        say(f"The tables are not those of this version: {error}")
        connection.close()
        return False
    return True


def close_services() -> None:
    """Stop the servers; the data stays."""
    from recplatform import embedded

    embedded.stop()


def mark_ready(parameters: Parameters) -> None:
    """Only a catalog that was loaded to the end is used again."""
    _stamp(folder(parameters)).write_text(json.dumps(asdict(parameters), indent=2), encoding="utf-8")


def _is_ready(place: Path, parameters: Parameters) -> bool:
    try:
        return bool(json.loads(_stamp(place).read_text(encoding="utf-8")) == asdict(parameters))
    except (OSError, ValueError):
        return False


def _stamp(place: Path) -> Path:
    return place / "benchmark.json"
