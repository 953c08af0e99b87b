"""The wizard's pages: upload, map, preview, start, watch, download, delete; each for those who may."""

from __future__ import annotations

from typing import Any

import pytest
from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Catalog, ImportRun, Item
from catalog.wizard import runs
from tests.catalog.wizard.files import imported, table, upload
from users.models import Membership, User

pytestmark = pytest.mark.django_db
ADD = "admin:catalog_importrun_add"
GOOD = ["s1", "一件高端商务装", "4680", "商务|男装"]
CONTENT = table(["sku", "name", "price", "margin"], GOOD, ["s2", "", "cheap", "1"])


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which runs a worker was told of."""
    told: list[int] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args, **_options: told.extend(args))
    return told


@pytest.fixture
def admin_user(db: None) -> User:
    """A superuser who never types a password."""
    return User.objects.create(username="anna", is_staff=True, is_superuser=True)


def page(run: ImportRun, name: str = "change") -> str:
    return reverse(f"admin:catalog_importrun_{name}", args=(run.pk,))


def posted(client: Client, catalog: Catalog, content: bytes, name: str = "suits.csv", **values: Any) -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(reverse(ADD), {"catalog": catalog.pk, "kind": "items", "file": file, **values})


def choices(client: Client, run: ImportRun, **changes: str) -> dict[str, str]:
    """What a browser would send for the columns as they stand."""
    form = client.get(f"{page(run)}?map=1").context["form"]
    return {name: form[name].value() or "" for name in form.fields} | changes


def text_of(client: Client, address: str) -> str:
    return client.get(address, follow=True).content.decode()


def test_an_upload_is_guessed_previewed_and_started(
    shop: Catalog, admin_client: Client, sent: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    answer = posted(admin_client, shop, CONTENT)
    run = ImportRun.objects.get()
    assert answer.headers["Location"] == page(run)
    assert (run.status, run.original_name, str(run.uploaded_by)) == ("uploaded", "suits.csv", "anna")
    text = text_of(admin_client, page(run))
    for word in (
        "Map and preview",
        "一件高端商务装",
        "1 of the first 2 rows would be rejected",
        "is not a number",
        "Start",
    ):
        assert word in text, word
    assert not Item.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        answer = admin_client.post(page(run, "map"), {**choices(admin_client, run), "start": "1"})
    run.refresh_from_db()
    assert (answer.headers["Location"], run.status, sent) == (page(run), "queued", [run.pk])


def test_a_choice_is_kept_and_the_preview_follows(shop: Catalog, admin_client: Client) -> None:
    run = upload(shop, CONTENT)
    values = choices(
        admin_client, run, **{"column-2": "", "column-3": "attribute", "fixed-language": "zh", "lists": ";"}
    )
    answer = admin_client.post(page(run, "map"), {**values, "preview": "1"}, follow=True)
    run.refresh_from_db()
    assert run.mapping["columns"] == [["sku", "item_id"], ["name", "title"], ["price", ""], ["margin", "attribute"]]
    assert (run.mapping["fixed"], run.mapping["lists"], run.status) == ({"language": "zh"}, ";", "uploaded")
    text = answer.content.decode()
    assert "margin: 商务|男装" in text
    assert "cheap" not in [cell.text for row in answer.context["preview"].rows for cell in row.cells]


@pytest.mark.parametrize(
    ("column", "target", "message"),
    [("column-1", "", "No column is “Title”"), ("column-2", "title", "Several columns are “Title”")],
)
def test_nothing_starts_with_a_wrong_mapping(
    column: str, target: str, message: str, shop: Catalog, admin_client: Client
) -> None:
    run = upload(shop, CONTENT)
    values = choices(admin_client, run, **{column: target})
    text = admin_client.post(page(run, "map"), {**values, "start": "1"}, follow=True).content.decode()
    assert "Nothing was started" in text
    assert message in text
    run.refresh_from_db()
    assert run.status == "uploaded"


def test_what_is_no_choice_changes_nothing(shop: Catalog, admin_client: Client) -> None:
    run = upload(shop, CONTENT)
    before = run.mapping
    forged = choices(admin_client, run, **{"column-0": "pk", "lists": "x", "encoding": "rot13", "separator": "e"})
    assert admin_client.post(page(run, "map"), forged).status_code == 302
    run.refresh_from_db()
    assert (run.mapping, run.reading["encoding"], run.reading["separator"]) == (before, "utf-8", ",")


def test_another_separator_gives_other_columns(shop: Catalog, admin_client: Client) -> None:
    run = upload(shop, table(["sku", "name,more"], ["1", "a;b"]))
    text = admin_client.post(page(run, "map"), choices(admin_client, run, separator=";"), follow=True).content.decode()
    run.refresh_from_db()
    assert run.mapping["columns"] == [['sku,"name,more"', ""]]
    assert "No column is “Id”" in text
    text = admin_client.post(
        page(run, "map"), choices(admin_client, run, encoding="utf-16"), follow=True
    ).content.decode()
    assert "UTF-16" in text


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.xls", b"x", "save it as .xlsx"),
        ("a.csv", b"id,title\n", "no rows"),
        ("a.xlsx", b"x", "no Excel workbook"),
        ("a.csv", b"x" * 1_100_000, "takes 1 MB at most"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_its_field(
    name: str, content: bytes, message: str, shop: Catalog, admin_client: Client, settings: Any
) -> None:
    settings.MAX_UPLOAD_MB = 1
    answer = posted(admin_client, shop, content, name)
    assert message in str(answer.context["adminform"].form.errors["file"])
    assert not ImportRun.objects.exists()


def test_one_that_runs_refreshes_itself_and_is_cancelled(shop: Catalog, admin_client: Client) -> None:
    run = upload(shop, CONTENT)
    ImportRun.objects.filter(pk=run.pk).update(
        status="running", progress=0.4, read=1234, attempts=1, heartbeat_at="2099-01-01T00:00Z"
    )
    text = text_of(admin_client, page(run))
    for word in ('http-equiv="refresh"', "40 %", "1,234", "Cancel this import"):
        assert word in text, word
    assert "40%" in text_of(admin_client, reverse("admin:catalog_importrun_changelist"))
    assert "It stops." in admin_client.post(page(run, "cancel"), follow=True).content.decode()
    run.refresh_from_db()
    assert run.cancel_requested
    assert "It was asked to stop." in text_of(admin_client, page(run))
    before = run.mapping
    admin_client.post(page(run, "map"), {"column-0": ""})
    assert admin_client.post(page(run, "delete"), {"post": "yes"}).status_code == 403
    run.refresh_from_db()
    assert run.mapping == before


@pytest.mark.django_db(transaction=True)
def test_the_result_and_its_download(shop: Catalog, admin_client: Client) -> None:
    run = imported(upload(shop, CONTENT, "Anzüge 商务.csv"))
    text = text_of(admin_client, page(run))
    for word in ("Created", "Rejected", "Download the rejected rows", f"?catalog={shop.pk}&amp;kind=items"):
        assert word in text, word
    assert "http-equiv" not in text
    answer: Any = admin_client.get(page(run, "rejected"))
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert body.splitlines()[0] == "what_is_wrong,line_in_file,sku,name,price,margin"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "1 written, 1 rejected" in text_of(admin_client, reverse("admin:catalog_importrun_changelist"))
    admin_client.post(page(run, "again"))
    run.refresh_from_db()
    assert run.status == "queued"
    assert runs.carry_out(run).counts == {"unchanged": 1}
    admin_client.post(page(run, "delete"), {"post": "yes"})
    assert not ImportRun.objects.exists()
    assert Item.objects.count() == 1


def test_what_is_gone_is_said(shop: Catalog, admin_client: Client) -> None:
    run = ImportRun.objects.create(
        catalog=shop, original_name="a.csv", mapping={"columns": [], "fixed": {}, "lists": "|"}
    )
    assert "upload it again" in text_of(admin_client, page(run))
    assert "There is no such file" in text_of(admin_client, page(run, "rejected"))
    assert "upload it again" in admin_client.post(page(run, "again"), follow=True).content.decode()
    run.rejected_rows = "imports/nowhere/rejected.csv"
    run.save()
    assert "There is no such file" in text_of(admin_client, page(run, "rejected"))
    run.pk += 10**6
    assert "There is no such file" in admin_client.post(page(run, "cancel"), follow=True).content.decode()


@pytest.mark.parametrize(("role", "may"), [("analyst", False), ("editor", False), ("operator", True)])
def test_operators_import_and_others_look(role: str, may: bool, shop: Catalog, client: Client) -> None:
    user = User.objects.create(username="ben", is_staff=True)
    Membership.objects.create(user=user, catalog=shop, role=role)
    client.force_login(user)
    run = upload(shop, CONTENT)
    assert client.get(reverse(ADD)).status_code == (200 if may else 403)
    assert ("Start the import" in text_of(client, page(run))) == may
    for name in ("map", "again", "cancel"):
        assert client.get(page(run, name)).status_code == 405
        assert client.post(page(run, name)).status_code == (302 if may else 403)


def test_a_long_sample_costs_few_queries_to_look_at(shop: Catalog, admin_client: Client) -> None:
    rows = [[f"s{number}", "A suit" * 20, "12", "a|b"] for number in range(2_000)]
    run = upload(shop, table(["sku", "name", "price", "tags"], *rows))
    admin_client.get(page(run))
    with CaptureQueriesContext(connection) as captured:
        assert admin_client.get(page(run)).context["preview"].checked == 1_000
    assert len(captured) <= 8
