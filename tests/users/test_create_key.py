"""`manage.py create_key` prints a key that works, and names what is wrong with its options."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Catalog
from users import keys
from users.models import ApiKey, Scope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop() -> Catalog:
    keys.forget()
    return Catalog.objects.create(slug="shop", name="Shop")


def create_key(*arguments: str) -> str:
    out = StringIO()
    call_command("create_key", "--catalog", "shop", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_standard_output_is_the_key_and_nothing_else() -> None:
    output = create_key()
    access = keys.recognise(output.strip())
    assert output.count("\n") == 1
    assert access is not None
    assert access.scopes == set(Scope.values)


def test_scopes_name_and_expiry_are_kept() -> None:
    create_key("--scopes", "read,events", "recommend", "--name", "web shop", "--expires", "2999-12-31")
    row = ApiKey.objects.get()
    assert (row.name, row.scopes) == ("web shop", ["recommend", "events", "read"])
    assert row.expires_at is not None
    assert row.expires_at.isoformat() == "2999-12-31T23:59:59.999999+00:00"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--scopes", "write"), "write"),
        (("--scopes", ","), "--scopes"),
        (("--expires", "tomorrow"), "tomorrow"),
        (("--expires", "2027-02-30"), "2027-02-30"),
        (("--expires", "2001-01-01"), "past"),
        (("--catalog", "nowhere"), "There is shop"),
    ],
)
def test_a_wrong_option_is_named(arguments: tuple[str, ...], named: str) -> None:
    with pytest.raises(CommandError, match=named):
        create_key(*arguments)
    assert not ApiKey.objects.exists()
