"""The platform as the benchmarks use it: embedded services in a data folder of their own, never configured servers."""

import os
from pathlib import Path

CONFIGURED = ("DATABASE_URL", "REDIS_URL", "RECPLATFORM_MODEL_STORE")


def cache_folder() -> Path:
    """Where encoded vectors, splits and the data folder of the benchmarks live."""
    return Path(os.environ.get("RECPLATFORM_BENCHMARKS", ".data/benchmarks"))


def environment() -> dict[str, str]:
    """The environment of the product's commands."""
    kept = {key: value for key, value in os.environ.items() if key not in CONFIGURED}
    services = (cache_folder() / "services").resolve()
    return kept | {"RECPLATFORM_DATA_DIR": str(services), "OPENBLAS_NUM_THREADS": "1"}


def open_platform() -> None:
    """Make this process one of the benchmark's own: its settings, before any model is imported."""
    import django

    for name in CONFIGURED:
        os.environ.pop(name, None)
    os.environ.update(environment())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recplatform.settings")
    django.setup()
