from __future__ import annotations

from pathlib import Path

from django.test import Client

from recplatform.demo.credentials import ADMIN, admin_password, api_key
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
    admin_password()
    files = list((data_folder / "demo").iterdir())
    assert {file.name for file in files} == {"key-shop", "admin-password"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_the_admin_can_sign_in_and_the_password_stays(db: None, data_folder: Path) -> None:
    password = admin_password()
    assert Client().login(username=ADMIN, password=password)
    assert admin_password() == password
    assert User.objects.get().is_superuser


def test_a_password_that_somebody_has_chosen_is_not_touched(db: None, data_folder: Path) -> None:
    admin_password()
    user = User.objects.get()
    user.set_password("under-the-linden")
    user.save()
    assert admin_password() == ""
    assert Client().login(username=ADMIN, password="under-the-linden")
