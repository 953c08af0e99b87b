from __future__ import annotations

import shlex

import pytest
from django.test import Client

from recplatform.demo.guide import guide
from tests.worlds import World
from users.keys import create_key

STAFF = {"admin": "secret", "editor": "other-secret"}
ADDRESS = "http://127.0.0.1:8000"


def requests_in(text: str) -> list[list[str]]:
    """The curl lines, as a shell reads them."""
    return [shlex.split(line) for line in text.splitlines() if line.startswith("curl ")]


@pytest.fixture
def key(world: World) -> str:
    return create_key(world.catalog)[1]


def test_the_requests_work_as_printed(world: World, key: str) -> None:
    lines = requests_in(guide(ADDRESS, {"shop": key, "films": key}, STAFF))
    statuses = []
    for _curl, _quiet, _x, method, address, _h, authorization, _h2, kind, _d, body in lines:
        name, value = authorization.split(": ")
        statuses.append(
            Client()
            .generic(
                method,
                address.removeprefix(ADDRESS),
                body,
                content_type=kind.split(": ")[1],
                headers={name: value},
            )
            .status_code
        )
    assert statuses == [200, 200, 201]


def test_addresses_key_and_password_are_printed() -> None:
    text = guide(ADDRESS, {"shop": "rp_shop", "films": "rp_films"}, {**STAFF, "admin": "river-stone"})
    for shown in (f"{ADDRESS}/admin/", "rp_shop", "rp_films", "river-stone"):
        assert shown in text
    assert "the one you have set" in guide(ADDRESS, {"shop": "", "films": ""}, {**STAFF, "admin": ""})
