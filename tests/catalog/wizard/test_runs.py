"""An upload is imported by the importers of the command: once, twice, broken, cancelled, and after its worker died."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.db import connection
from django.utils import timezone

from catalog import tasks
from catalog.bulk_sql import fetch
from catalog.exceptions import CatalogError
from catalog.models import Catalog, ImportRun, Item, Relation
from catalog.rows import ItemRow
from catalog.services import save_items
from catalog.wizard import pulse, runs, uploads
from catalog.wizard.mapping import Mapping
from catalog.wizard.preview import preview
from recplatform.model_storage import upload_storage
from tests.catalog.wizard.files import imported, json_lines, rejected, table, upload, workbook
from tests.recommender.training.s3_server import s3_server
from users.models import Event, Profile

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = ["sku", "name", "price", "category", "brand"]
SUITS = (["s1", "一件高端商务装", "4680", "suits|men", "安娜"], ["s2", "A linen suit", "320.5", "suits", "Larkin"])


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which runs a worker was told of."""
    told: list[int] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args, **_options: told.extend(args))
    return told


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("suits.csv", table(HEADER, *SUITS)),
        ("suits.txt", table(HEADER, *SUITS, separator="\t", encoding="utf-16")),
        ("suits.csv", table(HEADER, *SUITS, separator=";", encoding="gb18030")),
        ("suits.jsonl", json_lines(*(dict(zip(HEADER, row, strict=True)) for row in SUITS))),
        ("suits.xlsx", workbook(HEADER, *SUITS)),
    ],
    ids=["csv", "utf-16 tabs", "gb18030 semicolons", "jsonl", "xlsx"],
)
def test_items_of_every_format_and_a_second_run_changes_nothing(name: str, content: bytes, shop: Catalog) -> None:
    run = imported(upload(shop, content, name))
    assert (run.status, run.message) == ("done", "")
    assert (run.read, run.written, run.rejected, run.counts, run.progress) == (2, 2, 0, {"created": 2}, 1.0)
    suit = Item.objects.get(external_id="s1")
    assert (suit.title, suit.price, suit.categories) == ("一件高端商务装", 4680, ["suits", "men"])
    assert suit.attributes == {"brand": "安娜"}
    written = Item.objects.values_list("updated_at", flat=True).order_by("pk")
    before = list(written)
    assert imported(run).counts == {"unchanged": 2}
    assert imported(upload(shop, content, name)).counts == {"unchanged": 2}
    assert list(written) == before


def test_uploads_may_lie_in_a_bucket(
    shop: Catalog, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with s3_server("uploads") as address:
        monkeypatch.setenv("RECPLATFORM_UPLOADS", "s3://uploads/shop")
        monkeypatch.setenv("RECPLATFORM_MODEL_STORE_ENDPOINT", address)
        monkeypatch.setenv("RECPLATFORM_MODEL_STORE_REGION", "us-east-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        settings.STORAGES = {**settings.STORAGES, "default": upload_storage(tmp_path)}
        run = imported(upload(shop, table(HEADER, *SUITS, ["s3", "", "", "", ""])))
        assert (run.status, run.message, run.written, rejected(run)[1][2]) == ("done", "", 2, "s3")
        assert not (tmp_path / "uploads").exists()
        assert imported(run).counts == {"unchanged": 2}
        shop.delete()
        assert uploads.sweep_files(timezone.now() + timedelta(hours=2)) == 3


def test_bad_rows_are_kept_mended_and_imported(shop: Catalog) -> None:
    content = table(HEADER, *SUITS, ["s1", "Twice", "1", "", ""], ["s3", "", "=1+1", "", ""], ["s4", "Tie"])
    run = imported(upload(shop, content))
    assert (run.status, run.read, run.written, run.rejected) == ("done", 5, 2, 3)
    header, *rows = rejected(run)
    assert header == ["what_is_wrong", "line_in_file", *HEADER]
    by_line = {row[1]: row for row in rows}
    assert "stands in line 2 of this file already" in by_line["4"][0]
    assert by_line["5"][2:] == ["s3", "", "'=1+1", "", ""]
    assert "has 2 cells where the header has 5" in by_line["6"][0]

    by_line["5"][3:5] = ["Mended", "=1+1"]
    by_line["6"] += ["12", "", ""]
    again = imported(upload(shop, table(header, by_line["5"], by_line["6"]), "rejected.csv"))
    assert (again.written, again.rejected) == (1, 1)
    assert rejected(again)[1][2:] == ["s3", "Mended", "'=1+1", "", ""]
    assert Item.objects.get(external_id="s4").price == 12


def test_events_once_twice_and_of_unknown_items(shop: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    save_items(shop.pk, [ItemRow(item_id="suit", title="A suit")])
    monkeypatch.setattr("catalog.wizard.rejected_table.REMEMBERED", 1)
    content = table(
        ["user_id", "item_id", "event", "value"], ["anna", "suit", "like", ""], ["anna", "suit", "like", ""],
        ["ben", "ghost", "view", ""], ["ben", "suit", "gaze", ""], ["ben", "suit", "rating", "5"],
    )  # fmt: skip
    run = imported(upload(shop, content, "e.csv", "events"))
    assert (run.status, run.message, run.counts) == ("done", "", {"stored": 3, "unchanged": 0})
    assert {row[1]: row[0].partition(":")[0] for row in rejected(run)[1:]} == {"4": "item_id", "5": "kind"}
    assert (Event.objects.count(), Profile.objects.count()) == (3, 2)
    assert imported(run).counts == {"stored": 0, "unchanged": 3}
    assert run.rejected == 2


def test_profiles_and_relations(shop: Catalog) -> None:
    save_items(shop.pk, [ItemRow(item_id="suit", title="A suit")])
    people = table(["customer_id", "interests", "city", "learn"], ["anna", "商务装", "Shanghai", "no"])
    assert imported(upload(shop, people, "p.csv", "profiles")).written == 1
    anna = Profile.objects.get()
    assert (anna.interests, anna.attributes, anna.learn) == ("商务装", {"city": "Shanghai"}, False)
    edges = table(["head", "relation", "name"], ["suit", "made_of", "wool"], ["ghost", "made_of", "wool"])
    run = imported(upload(shop, edges, "r.csv", "relations"))
    assert (run.written, run.rejected, Relation.objects.get().tail_name) == (1, 1, "wool")


def test_broken_unicode_is_refused_by_name_and_breaks_nothing(shop: Catalog) -> None:
    content = table(["id", "title"], ["1", "一件高端商务装"], ["2", "broken"]).replace(b"broken", b"bro\xffken")
    run = upload(shop, content)
    shown = preview(uploads.kind_of(run), Mapping.of(run.mapping), uploads.sample_of(run), shop.pk)
    assert (shown.rows[1].cells[1].text, "UTF-8" in shown.rows[1].cells[1].error) == ("bro\\udcffken", True)
    assert (imported(run).written, run.rejected, run.message) == (1, 1, "")
    assert rejected(run)[1][2:] == ["2", "bro\\udcffken"]
    run = upload(shop, b'{"id": "3", "title": "\\ud800", "a\\u0000\\ud801": 1}\n', "a.jsonl")
    assert (imported(run).status, run.rejected, run.message) == ("done", 1, "")
    assert rejected(run)[1][2:] == ["3", "\\ud800", "1"]


def test_keys_that_appear_far_down_are_named(shop: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.wizard.tables.RECORDS_FOR_NAMES", 1)
    run = imported(
        upload(shop, json_lines({"id": "1", "title": "A"}, {"id": "2", "title": "B", "colour": "x"}), "a.jsonl")
    )
    assert run.message.endswith("do not have them: colour.")


def test_a_worker_is_told_once_and_a_second_message_does_nothing(shop: Catalog, sent: list[int]) -> None:
    run = upload(shop, table(HEADER, *SUITS))
    assert runs.start(run)
    assert not runs.start(run)
    assert (run.status, sent) == ("queued", [run.pk])
    tasks.run_import(run.pk)
    tasks.run_import(run.pk)
    tasks.run_import(run.pk + 10**6)
    run.refresh_from_db()
    assert (run.status, run.attempts) == ("done", 1)


@pytest.mark.parametrize("busy", ["reading", "a statement of a minute"])
def test_one_that_runs_is_cancelled_from_outside(busy: str, shop: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "BEAT_SECONDS", 0.05)
    running = threading.Event()

    def records(
        table: Any, kind: Any, mapping: Any, beat: pulse.Pulse, passed_over: Any
    ) -> Iterator[tuple[int, ItemRow]]:
        while True:
            running.set()
            if busy != "reading":
                fetch("SELECT pg_sleep(60)", [])
            beat.check()
            yield 1, ItemRow(item_id="1", title="A suit")

    monkeypatch.setattr(runs, "_rows", records)
    run = upload(shop, table(HEADER, *SUITS))
    runs.start(run)

    def work() -> None:
        runs.carry_out(ImportRun.objects.get(pk=run.pk))
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    assert running.wait(30)
    assert runs.cancel(ImportRun.objects.get(pk=run.pk)).status == "running"
    worker.join(30)
    run.refresh_from_db()
    assert (run.status, run.message) == ("cancelled", runs.CANCELLED)


def test_one_that_waits_is_cancelled_at_once(shop: Catalog) -> None:
    run = upload(shop, table(HEADER, *SUITS))
    runs.start(run)
    assert runs.cancel(run).status == "cancelled"
    assert runs.carry_out(run).status == "cancelled"
    assert not Item.objects.exists()
    assert imported(run).status == "done"
    assert runs.cancel(run).status == "done"


def test_what_goes_wrong_is_said_and_may_be_tried_again(shop: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    run = upload(shop, table(HEADER, *SUITS))
    with monkeypatch.context() as patched:
        patched.setattr("catalog.wizard.runs.open_table", lambda *_: 1 / 0)
        assert imported(run).status == "failed"
    assert "ZeroDivisionError" in run.message
    with monkeypatch.context() as patched:
        patched.setattr("catalog.wizard.runs.open_table", lambda *_: Catalog.objects.get(slug="nowhere"))
        assert imported(run).status == "failed"
    assert imported(run).status == "done"
    uploads.delete_files(run, uploads.FILES)
    run.save()
    with pytest.raises(CatalogError, match="upload it again"):
        runs.start(run)


def test_a_run_whose_worker_died_is_picked_up_and_given_up_in_the_end(shop: Catalog, sent: list[int]) -> None:
    run = upload(shop, table(HEADER, *SUITS))
    runs.start(run)
    sent.clear()
    long_ago = timezone.now() - timedelta(hours=1)
    ImportRun.objects.filter(pk=run.pk).update(status="running", attempts=1, heartbeat_at=long_ago)
    assert runs.carry_out(run).status == "running"
    tasks.pick_up_imports()
    run.refresh_from_db()
    assert (run.status, run.attempts, sent) == ("queued", 1, [])
    ImportRun.objects.filter(pk=run.pk).update(queued_at=long_ago)
    tasks.pick_up_imports()
    assert sent == [run.pk]
    ImportRun.objects.filter(pk=run.pk).update(status="running", attempts=3, heartbeat_at=long_ago)
    tasks.pick_up_imports()
    run.refresh_from_db()
    assert (run.status, run.message) == ("failed", runs.LOST)
    ImportRun.objects.filter(pk=run.pk).update(status="running", heartbeat_at=long_ago, cancel_requested=True)
    tasks.pick_up_imports()
    run.refresh_from_db()
    assert run.status == "cancelled"


def test_a_broker_that_is_down_loses_nothing(shop: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_arguments: Any, **_options: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(current_app, "send_task", refused)
    run = upload(shop, table(HEADER, *SUITS))
    assert runs.start(run)
    assert list(runs.waiting(timezone.now() + timedelta(minutes=2))) == [run]
