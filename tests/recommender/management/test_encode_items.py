"""`manage.py encode_items`: encodes, shows how far it is, and names what is wrong."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Catalog
from recommender.models import Configuration
from tests.recommender.services.space_fixtures import encoder, no_tables_left, shop

__all__ = ["encoder", "no_tables_left", "shop"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_tables_left")]


def test_the_command_encodes_and_says_so(
    shop: Catalog, encoder: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("encode_items", "--catalog", "shop")
    assert "hashing (32-d, live): 30 of 30 items" in capsys.readouterr().out


def test_the_command_names_what_is_wrong(shop: Catalog) -> None:
    with pytest.raises(CommandError, match=r"no catalog 'nowhere'\. Catalogs: shop"):
        call_command("encode_items", "--catalog", "nowhere")
    with pytest.raises(CommandError, match="No pipeline of shop has an encoder"):
        call_command("encode_items", "--catalog", "shop")
