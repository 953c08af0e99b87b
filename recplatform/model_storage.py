"""Where trained models are kept: a folder of this machine, or a bucket of any S3-compatible storage."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from recplatform.env import env_str, env_url

VARIABLE = "RECPLATFORM_MODEL_STORE"


def model_storage(data_folder: Path) -> dict[str, Any]:
    """Django's STORAGES["models"]: `s3://BUCKET/FOLDER`, or the path of a folder (default: in the data folder)."""
    place = env_str(VARIABLE)
    if place.startswith("s3://"):
        return _bucket(place)
    if "://" in place:
        scheme = place.partition("://")[0]
        raise ImproperlyConfigured(
            f"{VARIABLE} has the scheme {scheme}: write s3://BUCKET/FOLDER or the path of a folder."
        )
    folder = Path(place) if place else data_folder / "models"
    if not folder.is_absolute():
        raise ImproperlyConfigured(f"{VARIABLE} is {place!r}: write the whole path, beginning with /.")
    options = {"location": str(folder), "allow_overwrite": True}
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}


def _bucket(place: str) -> dict[str, Any]:
    address = urlsplit(place)
    if not address.hostname or "@" in address.netloc:
        raise ImproperlyConfigured(f"{VARIABLE} names no bucket: write s3://BUCKET/FOLDER, without a password.")
    endpoint = env_url(
        "RECPLATFORM_MODEL_STORE_ENDPOINT", schemes=("http", "https"), example="https://storage.example.org"
    )
    options = {
        "bucket_name": address.netloc,
        "location": address.path.strip("/"),
        "endpoint_url": endpoint or None,
        "region_name": env_str("RECPLATFORM_MODEL_STORE_REGION") or None,
        "file_overwrite": True,
        "default_acl": None,  # what the bucket says
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
