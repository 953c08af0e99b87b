from __future__ import annotations

from pathlib import Path

from django.test import Client

from recplatform.demo.credentials import ADMIN, EDITOR, api_key, passwords
from tests.worlds import World
from users.keys import forget, recognise
from users.models import ApiKey, Scope, User


def test_the_key_is_made_once_and_opens_its_catalog(world: World, data_folder: Path) -> None:
    key = api_key(world.catalog)
    opened = recognise(key)
    assert opened is not None
    assert (opened.catalog_id, opened.scopes) == (world.catalog.pk, frozenset(Scope.values))
    assert api_key(world.catalog) == key
    assert ApiKey.objects.count() == 1


def test_a_deleted_key_is_replaced(world: World, data_folder: Path) -> None:
    key = api_key(world.catalog)
    ApiKey.objects.all().delete()
    forget()
    assert api_key(world.catalog) != key
    assert ApiKey.objects.count() == 1


def test_only_the_owner_may_read_what_is_kept(world: World, data_folder: Path) -> None:
    api_key(world.catalog)
    passwords(world.catalog)
    files = list((data_folder / "demo").iterdir())
    assert {file.name for file in files} == {"key-shop", "admin-password", "editor-password"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_both_can_sign_in_and_the_passwords_stay(world: World, data_folder: Path) -> None:
    made = passwords(world.catalog)
    for name in (ADMIN, EDITOR):
        assert Client().login(username=name, password=made[name])
    assert passwords(world.catalog) == made
    assert User.objects.get(username=ADMIN).is_superuser
    editor = User.objects.get(username=EDITOR)
    assert not editor.is_superuser
    assert editor.roles == {world.catalog.pk: "editor"}


def test_a_password_that_somebody_has_chosen_is_not_touched(world: World, data_folder: Path) -> None:
    passwords(world.catalog)
    user = User.objects.get(username=ADMIN)
    user.set_password("under-the-linden")
    user.save()
    assert passwords(world.catalog)[ADMIN] == ""
    assert Client().login(username=ADMIN, password="under-the-linden")
