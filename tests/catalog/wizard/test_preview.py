"""The preview reads as the import would, shows each error at its cell, and writes nothing."""

from __future__ import annotations

import pytest

from catalog.models import Catalog, Item
from catalog.rows import ItemRow
from catalog.services import save_items
from catalog.wizard.mapping import Mapping
from catalog.wizard.preview import Preview, preview
from catalog.wizard.uploads import kind_of, sample_of
from tests.catalog.wizard.files import table, upload

pytestmark = pytest.mark.django_db


def previewed(catalog: Catalog, content: bytes, kind: str = "items") -> Preview:
    run = upload(catalog, content, kind=kind)
    return preview(kind_of(run), Mapping.of(run.mapping), sample_of(run), catalog.pk)


def test_errors_stand_at_their_cells(shop: Catalog) -> None:
    content = table(
        ["id", "name", "price", "tags"], ["1", "Suit", "12.50", "a|b"], ["2", "", "cheap", "c"], ["3", "Tie"]
    )
    shown = previewed(shop, content)
    assert [str(label) for label in shown.labels] == ["Id", "Title", "Tags", "Price"]
    good, bad, short = shown.rows
    assert [(cell.text, cell.error) for cell in good.cells] == [("1", ""), ("Suit", ""), ("a | b", ""), ("12.5", "")]
    assert not good.is_bad
    assert [(cell.text, bool(cell.error)) for cell in bad.cells] == [
        ("2", False),
        ("", True),
        ("c", False),
        ("cheap", True),
    ]
    assert (bad.number, bad.error) == (3, "")
    assert "has 2 cells where the header has 4" in short.error
    assert (shown.checked, shown.bad, shown.whole) == (3, 2, True)
    assert (1, "Price: is not a number: write digits and a point, such as 12.5") in shown.reasons
    assert not Item.objects.exists()


def test_the_second_row_of_an_id_is_seen(shop: Catalog) -> None:
    shown = previewed(shop, table(["id", "title"], ["1", "Suit"], ["2", "Tie"], ["1", "Suit"]))
    assert [row.is_bad for row in shown.rows] == [False, False, True]
    assert "stands in line 2 of this file already" in shown.rows[2].cells[0].error


def test_a_thousand_rows_are_checked_and_twenty_shown(shop: Catalog) -> None:
    rows = [[str(number), "" if number % 10 == 0 else "Suit"] for number in range(1_500)]
    shown = previewed(shop, table(["id", "title"], *rows))
    assert (len(shown.rows), shown.checked, shown.bad, shown.whole) == (20, 1_000, 100, False)
    assert shown.reasons == [(100, "Title: is missing: it is required")]


def test_a_required_field_that_has_no_column_shows_as_missing(shop: Catalog) -> None:
    shown = previewed(shop, table(["sku", "what"], ["1", "Suit"]))
    assert [str(label) for label in shown.labels] == ["Id", "Title"]
    assert shown.rows[0].cells[1].error


def test_events_are_held_against_the_catalog(shop: Catalog) -> None:
    save_items(shop.pk, [ItemRow(item_id="suit", title="A suit")])
    content = table(
        ["user", "item", "event", "time"], ["anna", "suit", "view", ""], ["ben", "ghost", "view", ""],
        ["ben", "suit", "gaze", "tomorrow"], ["ben", "suit", "gaze", ""],
    )  # fmt: skip
    shown = previewed(shop, content, "events")
    errors = [{str(cell.label) for cell in row.cells if cell.error} for row in shown.rows]
    assert errors == [set(), {"Id of the item"}, {"When it happened"}, {"Kind of event"}]


def test_relations_are_held_against_the_catalog(shop: Catalog) -> None:
    save_items(shop.pk, [ItemRow(item_id="suit", title="A suit")])
    content = table(
        ["head", "relation", "tail", "name"], ["suit", "made_of", "", "wool"], ["suit", "goes_with", "tie", ""]
    )
    assert [row.is_bad for row in previewed(shop, content, "relations").rows] == [False, True]
