"""API keys: made once, kept as a hash, recognised from this process's memory for a few seconds.

A key reads `rp_<prefix>_<secret>`. The row is found by its prefix and proven by the SHA-256 of the whole key. A key
that was revoked, deleted, changed or narrowed stops within `REMEMBERED_SECONDS` in every process.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import Error, transaction
from django.db.models import Q
from django.utils import timezone

from catalog.access import Access
from catalog.models import Catalog
from users.exceptions import KeyEndedError
from users.models import ApiKey, Scope

REMEMBERED_SECONDS = 5.0
REMEMBERED_KEYS = 10_000
USED_EVERY = timedelta(minutes=1)
PREFIX_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
PREFIX_LENGTH = 10
KEY = re.compile(r"(?P<prefix>rp_[a-z0-9]{1,13})_[A-Za-z0-9_-]{16,200}")

log = logging.getLogger(__name__)
# SHA-256 of the key -> access, when it expires (unix time), when it is read again (monotonic time).
_remembered: dict[str, tuple[Access, float, float]] = {}
_used: set[int] = set()


def create_key(
    catalog: Catalog,
    scopes: Iterable[str] = tuple(Scope.values),
    *,
    name: str = "",
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key. Returns its row and the key itself, which can not be read again."""
    prefix = "rp_" + "".join(secrets.choice(PREFIX_ALPHABET) for _ in range(PREFIX_LENGTH))
    key = f"{prefix}_{secrets.token_urlsafe(32)}"
    row = ApiKey.objects.create(
        catalog=catalog,
        name=name,
        prefix=prefix,
        key_hash=key_hash(key),
        scopes=[scope for scope in Scope.values if scope in set(scopes)],
        expires_at=expires_at,
    )
    return row, key


@transaction.atomic
def rotate_key(row: ApiKey, grace: timedelta) -> tuple[ApiKey, str]:
    """Make a key in the place of another: the same name, scopes and end. Returns its row and the key itself.

    The old key goes on for `grace`, or less if it ends before; with none it is revoked at once.

    Raises:
        KeyEndedError: it does not work any more.
    """
    old = ApiKey.objects.select_for_update(of=("self",)).select_related("catalog").get(pk=row.pk)
    if not old.works:
        raise KeyEndedError(f"The key {old.prefix}… has ended: make a new one instead of rotating it.")
    made = create_key(old.catalog, old.scopes, name=old.name, expires_at=old.expires_at)
    if grace:
        ends = timezone.now() + grace
        old.expires_at = min(ends, old.expires_at or ends)
        old.save(update_fields=["expires_at"])
    else:
        revoke_key(old)
    return made


def revoke_key(row: ApiKey) -> None:
    """End a key now and for good. A key that was revoked before keeps its time."""
    ApiKey.objects.filter(pk=row.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
    forget()


def key_hash(key: str) -> str:
    """SHA-256 in hexadecimal: enough for a random secret of 256 bits, and quick enough for every request."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def recognise(key: str) -> Access | None:
    """What the key opens; None when it is unknown, revoked, deleted or expired."""
    digest = key_hash(key)
    known = _remembered.get(digest)
    if known is None or known[2] < time.monotonic():
        known = _read(key, digest)
    if known is None or known[1] <= time.time():
        return None
    return known[0]


def _read(key: str, digest: str) -> tuple[Access, float, float] | None:
    _remembered.pop(digest, None)
    prefix = _prefix(key)
    row = _row(prefix) if prefix else None
    if row is None or not hmac.compare_digest(row.key_hash, digest):
        return None
    if row.last_used_at is None or row.last_used_at < timezone.now() - USED_EVERY:
        _used.add(row.pk)
    if len(_remembered) >= REMEMBERED_KEYS:
        _remembered.clear()
    expires = row.expires_at.timestamp() if row.expires_at else float("inf")
    known = (
        Access(row.catalog_id, row.catalog.slug, frozenset(row.scopes), row.pk),
        expires,
        time.monotonic() + REMEMBERED_SECONDS,
    )
    _remembered[digest] = known
    return known


def _row(prefix: str) -> ApiKey | None:
    return ApiKey.objects.select_related("catalog").filter(prefix=prefix, revoked_at__isnull=True).first()


def _prefix(key: str) -> str:
    """The part that names the row, empty when this can not be a key. Only the second underscore ends it."""
    match = KEY.fullmatch(key)
    return match["prefix"] if match else ""


def forget() -> None:
    """Let go of every remembered key of this process: the next request reads its row again."""
    _remembered.clear()


def note_use(**_: Any) -> None:
    """Write `last_used_at` of the keys that are due. Runs when an answer has been sent, so it delays none."""
    if not _used:
        return
    due = [_used.pop() for _ in range(len(_used))]
    now = timezone.now()
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USED_EVERY)
    try:
        ApiKey.objects.filter(stale, pk__in=due).update(last_used_at=now)
    except Error as error:
        log.warning("When keys %s were last used could not be written: %s", due, error)
