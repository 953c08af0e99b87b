from __future__ import annotations

import json
from pathlib import Path

import pytest

from catalog.models import Catalog, Item
from recommender.models import Configuration, Space
from recommender.selectors.placements import published_placements
from recplatform.demo.loading import SHOP, DemoCatalog, is_loaded, load
from users.models import Event

TEXTS = ("a wool suit", "a light tent", "a clay teapot", "a wooden guitar", "一件高端商务装", "双人帐篷")


@pytest.fixture
def stall(tmp_path: Path) -> DemoCatalog:
    """Six items and one like; the real encoder of mixed catalogs."""
    rows = [{"item_id": str(n), "title": text, "language": "en"} for n, text in enumerate(TEXTS)]
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    (tmp_path / "events.csv").write_text("profile_id,item_id,kind,value,occurred_at\nanna,1,like,,\n", "utf-8")
    return DemoCatalog("stall", "Stall", "mixed", lambda: tmp_path, {"text": 4.0})


def fetched_again() -> Path:
    raise AssertionError("a catalog that is loaded is not fetched again")


def test_a_catalog_is_loaded_encoded_and_counted(db: None, stall: DemoCatalog, data_folder: Path) -> None:
    said: list[str] = []
    assert not is_loaded("stall")
    load(said.append, (stall,))
    assert is_loaded("stall")
    assert [sentence.split()[0] for sentence in said] == ["Loading", "Encoding", "Counting"]
    assert Catalog.objects.get(slug="stall").name == "Stall"
    assert (Item.objects.count(), Event.objects.count()) == (6, 1)
    assert Space.objects.get().encoded == 6
    assert Configuration.objects.get(plugin="linear").settings == {"text": 4.0}
    assert [one.rules for one in published_placements(Catalog.objects.get().pk)] == [["Four of a category at the most"]]


def test_the_second_time_only_what_is_stale_is_encoded(db: None, stall: DemoCatalog, data_folder: Path) -> None:
    load(lambda _: None, (stall,))
    Configuration.objects.filter(plugin="linear").update(settings={"text": 1.5})
    said: list[str] = []
    load(said.append, (DemoCatalog("stall", "Stall", "mixed", fetched_again, {"text": 4.0}),))
    assert said == []
    assert Configuration.objects.get(plugin="linear").settings == {"text": 1.5}


def test_an_interrupted_run_can_be_run_again(db: None, stall: DemoCatalog, data_folder: Path) -> None:
    load(lambda _: None, (stall,))
    Space.objects.update(status=Space.Status.RETIRED)
    load(lambda _: None, (stall,))
    assert is_loaded("stall")
    assert (Item.objects.count(), Event.objects.count()) == (6, 1)


def test_the_shop_comes_with_the_project() -> None:
    assert {path.name for path in SHOP.folder().iterdir()} >= {"items.jsonl", "events.csv", "relations.csv"}
