"""What a visitor of the demo needs to get in, made once and kept in the data folder for the next start."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

from django.conf import settings

from catalog.models import Catalog
from users.keys import create_key, recognise
from users.models import Membership, User
from users.roles import Role

ADMIN, EDITOR = "admin", "editor"


def api_key(catalog: Catalog) -> str:
    """The demo's key to a catalog, which may do everything there; a new one where the kept one opens nothing."""
    file = _folder() / f"key-{catalog.slug}"
    key = _read(file)
    found = recognise(key) if key else None
    if found is None or found.catalog_id != catalog.pk:
        _, key = create_key(catalog, name="Demo")
        _write(file, key)
    return key


def passwords(shop: Catalog) -> dict[str, str]:
    """By user: `admin`, who may do everything, and `editor`, an Editor of the shop, who sees nothing of the films.

    Who is not there is made. The password is empty where somebody has chosen another.
    """
    return {ADMIN: _password(ADMIN, User.objects.create_superuser), EDITOR: _password(EDITOR, partial(_editor, shop))}


def _editor(shop: Catalog, name: str, email: str, password: str) -> None:
    user = User.objects.create_user(name, email, password, is_staff=True)
    Membership.objects.create(user=user, catalog=shop, role=Role.EDITOR)


def _password(name: str, make: Callable[[str, str, str], object]) -> str:
    file = _folder() / f"{name}-password"
    user = User.objects.filter(username=name).first()
    if user is not None:
        kept = _read(file)
        return kept if kept and user.check_password(kept) else ""
    password = secrets.token_urlsafe(12)
    _write(file, password)
    make(name, "", password)
    return password


def _folder() -> Path:
    folder = settings.DATA_DIR / "demo"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(folder)


def _read(file: Path) -> str:
    return file.read_text("utf-8").strip() if file.exists() else ""


def _write(file: Path, text: str) -> None:
    """Only the owner may read it, from its first byte on."""
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    draft.rename(file)
