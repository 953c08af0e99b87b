"""`manage.py import`: a folder once, twice, interrupted, and full of broken rows."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from catalog.models import Catalog, Item, Relation
from recommender.models import Pipeline
from users.event_insert import insert_events
from users.models import Event, Profile

pytestmark = pytest.mark.django_db

ITEMS: tuple[dict[str, Any], ...] = (
    {"item_id": "suit", "title": "一件高端商务装", "language": "zh", "price": 4680},
    {"item_id": "tie", "title": "A silk tie", "language": "en"},
)
EVENTS = "profile_id,item_id,kind,value,occurred_at\n"


def lines(rows: Any) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Anna has a history and a profile, Ben only events."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "items.jsonl").write_text(lines(ITEMS), encoding="utf-8")
    (folder / "profiles.jsonl").write_text(lines([{"profile_id": "anna", "interests": "wool"}]), encoding="utf-8")
    (folder / "events.csv").write_text(
        EVENTS + "anna,suit,like,,2026-01-02T10:00:00Z\nanna,tie,click,,\nanna,tie,click,,\nben,tie,rating,5,\n"
        "ben,ghost,click,,\n",
        encoding="utf-8",
    )
    (folder / "relations.csv").write_text(
        "head_item_id,relation,tail_item_id,tail_name,weight\ntie,goes_with,suit,,0.5\n"
        'suit,made_in,,"Biella, Italy",\n',
        encoding="utf-8",
    )
    return folder


def run(folder: Path, **options: Any) -> str:
    said = io.StringIO()
    call_command("import", folder, catalog="shop", rejected=folder.parent / "rejected.jsonl", stdout=said, **options)
    return said.getvalue()


def rejected(folder: Path) -> list[dict[str, Any]]:
    text = (folder.parent / "rejected.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_a_folder_makes_a_catalog_with_all_that_is_in_it(folder: Path) -> None:
    said = run(folder)
    catalog = Catalog.objects.get(slug="shop")
    assert catalog.language == "mixed"
    assert Pipeline.objects.filter(catalog=catalog, is_default=True).exists()
    assert (Item.objects.count(), Profile.objects.count(), Event.objects.count(), Relation.objects.count()) == (
        2,
        2,
        4,
        2,
    )
    assert Profile.objects.get(external_id="anna").interests == "wool"
    assert "4 stored, 0 already there, 1 new profiles, 1 of unknown items (such as ghost)" in said
    assert "0 rows rejected." in said
    assert rejected(folder) == []


def test_muted_categories_are_read_and_an_import_without_them_keeps_them(folder: Path) -> None:
    for row in ({"muted_categories": ["ties", 'so-called "art"']}, {"interests": "silk"}):
        (folder / "profiles.jsonl").write_text(lines([{"profile_id": "anna", **row}]), encoding="utf-8")
        run(folder)
        assert Profile.objects.get(external_id="anna").muted_categories == ["ties", 'so-called "art"']
    assert Profile.objects.get(external_id="anna").interests == "silk"


def test_times_are_kept_and_rows_without_one_keep_their_order(folder: Path) -> None:
    run(folder)
    found = Event.objects.order_by("sequence").values_list("kind__name", "value", "occurred_at__year", "sequence")
    assert list(found) == [
        ("like", None, 2026, 1),
        ("click", None, None, 2),
        ("click", None, None, 3),
        ("rating", 5, None, 4),
    ]


def test_a_second_run_changes_nothing(folder: Path) -> None:
    run(folder)
    before = [list(model.objects.order_by("pk").values()) for model in (Item, Profile, Event, Relation)]
    said = run(folder)
    assert [list(model.objects.order_by("pk").values()) for model in (Item, Profile, Event, Relation)] == before
    assert "items.jsonl: 0 created, 0 changed, 2 unchanged" in said
    assert "0 stored, 4 already there, 0 new profiles" in said


def test_a_longer_file_adds_only_what_is_new_behind_the_rest(folder: Path) -> None:
    run(folder)
    with (folder / "events.csv").open("a", encoding="utf-8") as out:
        out.write("anna,tie,click,,\ncleo,suit,view,,\n")
    assert "2 stored, 4 already there, 1 new profiles" in run(folder)
    assert Event.objects.filter(profile__external_id="anna", kind__name="click").count() == 3
    assert Event.objects.order_by("-sequence")[0].profile == Profile.objects.get(external_id="cleo")


def test_an_interrupted_run_can_be_run_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("users.importers.events.PART", 1)
    calls: list[int] = []

    def interrupted(*args: Any) -> list[str]:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return insert_events(*args)

    monkeypatch.setattr("users.importers.events.insert_events", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(folder)
    assert Event.objects.count() == 2
    assert "2 stored, 2 already there" in run(folder)
    assert [row.item.external_id for row in Event.objects.order_by("sequence")] == ["suit", "tie", "tie", "tie"]


def test_gzipped_files_are_read_as_well(folder: Path) -> None:
    for path in list(folder.iterdir()):
        (folder / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    run(folder)
    assert (Item.objects.count(), Event.objects.count(), Relation.objects.count()) == (2, 4, 2)


def test_a_damaged_archive_gives_what_came_before_the_damage(folder: Path) -> None:
    (folder / "items.jsonl").unlink()
    whole = gzip.compress(lines({"item_id": str(n), "title": f"Item {n * 7919}"} for n in range(5000)).encode())
    (folder / "items.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    run(folder)
    assert Item.objects.count() > 1000
    assert ["archive is damaged" in row["reason"] for row in rejected(folder)].count(True) == 1


def test_the_language_is_that_of_the_items_or_the_one_that_is_given(folder: Path) -> None:
    (folder / "items.jsonl").write_text(lines([ITEMS[0], {**ITEMS[0], "item_id": "x", "language": "zh-TW"}]), "utf-8")
    run(folder)
    assert Catalog.objects.get().language == "zh"
    with pytest.raises(CommandError, match="has the language zh, not en"):
        run(folder, language="en")
    run(folder, language="zh")


def test_a_given_language_wins(folder: Path) -> None:
    run(folder, language="zh")
    assert Catalog.objects.get().language == "zh"


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("events.csv", "anna,suit,like,,\n", "lacks item_id, kind: write a header such as item_id,kind"),
        ("events.csv", "", "lacks item_id, kind"),
        ("events.csv", "item_id,kind,kind\n", "names a column twice"),
        ("relations.csv", "head,relation,tail\n", "lacks head_item_id"),
        ("items.jsonl.gz", "", "both items.jsonl and items.jsonl.gz"),
    ],
)
def test_a_folder_that_cannot_be_read_is_named_before_anything_is_imported(
    folder: Path, name: str, text: str, word: str
) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=word):
        run(folder)
    assert not Catalog.objects.exists()


def test_a_folder_with_nothing_in_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"has none of items\.jsonl"):
        call_command("import", tmp_path, catalog="shop")
    with pytest.raises(CommandError, match="is no folder"):
        call_command("import", tmp_path / "none", catalog="shop")


BROKEN_ITEMS: tuple[tuple[str, bytes, str, str], ...] = (
    ("missing id", b'{"title": "x"}', "item_id", "missing"),
    ("number as id", b'{"item_id": 5, "title": "x"}', "item_id", "text"),
    ("missing title", b'{"item_id": "b1"}', "title", "missing"),
    ("title of a wrong type", b'{"item_id": "b2", "title": ["x"]}', "title", "text"),
    ("NaN", b'{"item_id": "b3", "title": "x", "price": NaN}', "price", "NaN"),
    ("infinity", b'{"item_id": "b4", "title": "x", "price": -Infinity}', "price", "infinity"),
    ("huge number", b'{"item_id": "b5", "title": "x", "price": 1e400}', "price", "infinity"),
    (
        "huge whole number",
        b'{"item_id": "b6", "title": "x", "attributes": {"n": 1' + b"0" * 400 + b"}}",
        "attributes",
        "n",
    ),
    ("number of 5000 digits", b'{"item_id": "b7", "title": "x", "price": 1' + b"0" * 5000 + b"}", "", "cannot be read"),
    ("NUL", b'{"item_id": "b8", "title": "a\\u0000b"}', "title", "NUL"),
    ("raw control character", b'{"item_id": "b9", "title": "a\x01b"}', "title", "control"),
    ("lone surrogate", b'{"item_id": "b10", "title": "\\ud800"}', "title", "Unicode"),
    ("title of 10 MB", b'{"item_id": "b11", "title": "' + b"x" * 10_000_000 + b'"}', "title", "too long"),
    ("line of 20 MB", b'{"item_id": "b12", "title": "' + b"x" * 20_000_000 + b'"}', "", "16 MiB"),
    ("impossible date", b'{"item_id": "b13", "title": "x", "published_at": "2026-13-01"}', "published_at", "exists"),
    ("invalid UTF-8", b'{"item_id": "b14", "title": "caf\xe9"}', "", "UTF-8"),
    ("duplicate id", '{"item_id": "suit", "title": "另一件"}'.encode(), "item_id", "line 1"),
    ("unknown field", b'{"item_id": "b15", "title": "x", "colour": "red"}', "colour", "not a known field"),
    ("no JSON", b"item_id=5", "", "not valid JSON"),
    ("cut off", b'{"item_id": "b16", "title": "x"', "", "not valid JSON"),
    ("no object", b'["b17", "x"]', "", "JSON object"),
    ("nested too deep", b"[" * 100_000, "", "flatten"),
    ("nested attributes", b'{"item_id": "b18", "title": "x", "attributes": {"a": {"b": 1}}}', "attributes", "flatten"),
    ("bad language", b'{"item_id": "b19", "title": "x", "language": "the English"}', "language", "such as en"),
    ("negative price", b'{"item_id": "b20", "title": "x", "price": -1}', "price", "at least 0"),
)


def test_every_broken_item_is_named_and_the_others_are_imported(folder: Path) -> None:
    good = [line.encode() + b"\n" for line in lines(ITEMS).splitlines()]
    broken = [line + b"\n" for _, line, _, _ in BROKEN_ITEMS]
    (folder / "items.jsonl").write_bytes(good[0] + b"".join(broken) + b"\n  \n" + good[1].rstrip())
    said = run(folder)
    assert set(Item.objects.values_list("external_id", flat=True)) == {"suit", "tie"}
    assert Item.objects.get(external_id="suit").title == "一件高端商务装"
    found = sorted(rejected(folder), key=lambda row: row["line"])
    assert [row["line"] for row in found] == list(range(2, len(BROKEN_ITEMS) + 2))
    for row, (name, _, field, word) in zip(found, BROKEN_ITEMS, strict=True):
        assert (row["file"], row["field"]) == ("items.jsonl", field), name
        assert word in row["reason"], name
        assert len(row["value"]) <= 80, name
    assert f"{len(BROKEN_ITEMS)} rows rejected ({len(BROKEN_ITEMS)} of items.jsonl)" in said


BROKEN_EVENTS: tuple[tuple[str, bytes, str, str], ...] = (
    ("no one", b",suit,like,,", "profile_id", "missing"),
    ("no item", b"anna,,like,,", "item_id", "missing"),
    ("unknown kind", b"anna,suit,hug,,", "kind", "click, comment"),
    ("word as value", b"anna,suit,rating,four,", "value", "not a number"),
    ("NaN", b"anna,suit,rating,nan,", "value", "NaN"),
    ("huge number", b"anna,suit,rating,1e999,", "value", "infinity"),
    ("impossible date", b"anna,suit,like,,2025-02-29T10:00:00Z", "occurred_at", "exists"),
    ("future", b"anna,suit,like,,2999-01-01", "occurred_at", "ahead"),
    ("NUL", b"an\0na,suit,like,,", "profile_id", "control"),
    ("invalid UTF-8", b"ann\xe9,suit,like,,", "profile_id", "UTF-8"),
    ("too few cells", b"anna,suit,like", "", "3 cells where the header has 5"),
    ("too many cells", b"anna,suit,like,,,", "", "6 cells where the header has 5"),
    ("newline in an id", b'"an\nna",suit,like,,', "profile_id", "line breaks"),
    ("open quote", b'"anna,suit,like,,', "", "do not pair up"),
    ("text behind a quote", b'"an"na,suit,like,,', "", "do not pair up"),
    ("long id", b"x" * 201 + b",suit,like,,", "profile_id", "at most 200"),
)


def test_every_broken_event_is_named_and_the_others_are_imported(folder: Path) -> None:
    good = b'anna,suit,like,,\n"quoted ""id"", with comma",tie,view,,\r\nBen " Lee,tie,view,,\n'
    body = EVENTS.encode() + b"".join(line + b"\n" for _, line, _, _ in BROKEN_EVENTS) + b"\n" + good
    (folder / "events.csv").write_bytes(b"\xef\xbb\xbf" + body)
    said = run(folder)
    names = set(Profile.objects.values_list("external_id", flat=True))
    assert names == {"anna", 'quoted "id", with comma', 'Ben " Lee'}
    assert Event.objects.count() == 3
    for row, (name, _, field, word) in zip(rejected(folder), BROKEN_EVENTS, strict=True):
        assert (row["file"], row["field"]) == ("events.csv", field), name
        assert word in row["reason"], name
    assert f"{len(BROKEN_EVENTS)} rows rejected ({len(BROKEN_EVENTS)} of events.csv)" in said


def test_broken_profiles_and_relations_are_named(folder: Path) -> None:
    with (folder / "profiles.jsonl").open("a", encoding="utf-8") as out:
        out.write('{"profile_id": "ben", "interests": 5}\n{"profile_id": "anna"}\n')
    with (folder / "relations.csv").open("a", encoding="utf-8") as out:
        out.write("ghost,by,,Lee,\nsuit,by,,,\nsuit,by,tie,Lee,\nsuit,by,,Lee,much\n")
    run(folder)
    found = [(row["file"], row["line"], row["field"]) for row in rejected(folder)]
    assert sorted(found) == [
        ("profiles.jsonl", 2, "interests"), ("profiles.jsonl", 3, "profile_id"), ("relations.csv", 4, "head_item_id"),
        ("relations.csv", 5, "tail_item_id"), ("relations.csv", 6, "tail_item_id"), ("relations.csv", 7, "weight"),
    ]  # fmt: skip
    assert Profile.objects.get(external_id="anna").interests == "wool"


def test_a_column_that_is_not_known_is_named_once(folder: Path) -> None:
    (folder / "events.csv").write_text("item_id,kind,profile_id,device\nsuit,like,anna,phone\n", encoding="utf-8")
    run(folder)
    assert [(row["line"], row["field"]) for row in rejected(folder)] == [(1, "device")]
    assert Event.objects.count() == 1


def test_an_own_key_and_other_columns_may_be_given(folder: Path) -> None:
    (folder / "events.csv").write_text(
        "session_id,item_id,kind,position,idempotency_key\ns1,suit,click,3,k1\ns1,tie,click,4,k1\n", encoding="utf-8"
    )
    assert "1 stored, 1 already there" in run(folder)
    event = Event.objects.get()
    assert (event.session_id, event.position, event.idempotency_key, event.profile) == ("s1", 3, "k1", None)


def test_rejected_rows_go_to_the_data_folder(folder: Path) -> None:
    (folder / "items.jsonl").write_text("{}\n", encoding="utf-8")
    said = io.StringIO()
    call_command("import", folder, catalog="shop", stdout=said)
    assert str(settings.DATA_DIR / "rejected.jsonl") in said.getvalue()
    assert (settings.DATA_DIR / "rejected.jsonl").read_text(encoding="utf-8").count("\n") == 3


@pytest.mark.parametrize("name", ["douban-zh", "mind-small"])
def test_real_data_are_imported_without_a_rejected_row(name: str, tmp_path: Path) -> None:
    folder = settings.DATASETS_DIR / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is not on this machine: set RECPLATFORM_DATASETS to the folder of the data sets")
    said = io.StringIO()
    call_command("import", folder, catalog=name, rejected=tmp_path / "rejected.jsonl", stdout=said)
    assert "0 rows rejected." in said.getvalue()
    rows = (folder / "events.csv").read_bytes().count(b"\n") - 1
    assert Event.objects.count() == rows
