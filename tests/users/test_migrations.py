"""Catalogs that were there before a kind of event became a default one."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from catalog.models import Catalog
from users.default_event_kinds import DEFAULT_EVENT_KINDS
from users.models import EventKind

pytestmark = pytest.mark.django_db
migration = import_module("users.migrations.0003_more_and_less")


def test_older_catalogs_get_more_and_less_and_keep_a_kind_of_their_own() -> None:
    shop, club = Catalog.objects.create(slug="shop"), Catalog.objects.create(slug="club")
    EventKind.objects.create(catalog=club, name="more", weight=0.5)
    for _ in range(2):
        migration.add_kinds(apps, connection.schema_editor())
    assert set(EventKind.objects.filter(catalog=shop).values_list("name", flat=True)) == {"more", "less"}
    assert EventKind.objects.get(catalog=club, name="more").weight == 0.5
    assert EventKind.objects.count() == 4


def test_they_are_what_new_catalogs_get() -> None:
    given = {kind.name: kind._asdict() for kind in DEFAULT_EVENT_KINDS}
    for kind in migration.KINDS:
        assert kind == {name: given[kind["name"]][name] for name in kind}
