"""Where trained models and uploads are kept: a folder of this machine, or a bucket of any S3-compatible storage."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from recplatform.env import env_str, env_url

VARIABLE = "RECPLATFORM_MODEL_STORE"
UPLOADS = "RECPLATFORM_UPLOADS"
OWNER_ONLY = {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}


def model_storage(data_folder: Path) -> dict[str, Any]:
    """Django's STORAGES["models"]: `s3://BUCKET/FOLDER`, or the path of a folder (default: in the data folder)."""
    return _storage(VARIABLE, data_folder / "models", {"allow_overwrite": True})


def upload_storage(data_folder: Path) -> dict[str, Any]:
    """Django's STORAGES["default"], in the same two ways. Uploads are private: no address serves this folder."""
    return _storage(UPLOADS, data_folder / "uploads", OWNER_ONLY)


def _storage(variable: str, usual: Path, options: dict[str, Any]) -> dict[str, Any]:
    place = env_str(variable)
    if place.startswith("s3://"):
        return _bucket(variable, place)
    if "://" in place:
        scheme = place.partition("://")[0]
        raise ImproperlyConfigured(
            f"{variable} has the scheme {scheme}: write s3://BUCKET/FOLDER or the path of a folder."
        )
    folder = Path(place) if place else usual
    if not folder.is_absolute():
        raise ImproperlyConfigured(f"{variable} is {place!r}: write the whole path, beginning with /.")
    options = {"location": str(folder), **options}
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}


def _bucket(variable: str, place: str) -> dict[str, Any]:
    address = urlsplit(place)
    if not address.hostname or "@" in address.netloc:
        raise ImproperlyConfigured(f"{variable} names no bucket: write s3://BUCKET/FOLDER, without a password.")
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
