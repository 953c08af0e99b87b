"""Reads of a catalog's profiles."""

from __future__ import annotations

from django.db.models import QuerySet

from users.exceptions import ProfileNotFoundError
from users.models import Profile


def profiles(catalog_id: int) -> QuerySet[Profile]:
    """The profiles of one catalog."""
    return Profile.objects.filter(catalog_id=catalog_id)


def find_profile(catalog_id: int, external_id: str, *, for_update: bool = False) -> Profile:
    """One profile by its own id; locked until the transaction ends, if it is to be changed.

    Raises:
        ProfileNotFoundError: the catalog has none of that id; another catalog's profile is none of this one's.
    """
    found = profiles(catalog_id).select_for_update() if for_update else profiles(catalog_id)
    profile = None if "\0" in external_id else found.filter(external_id=external_id).first()
    if profile is None:
        raise ProfileNotFoundError(f"There is no profile {external_id[:200]!r} in this catalog: PUT it to make it.")
    return profile
