"""Any folder in the interchange format: by path or by name, packed or not, with a clock or without."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.quality import data
from benchmarks.quality.data import Dataset, Row

EVENTS = """profile_id,item_id,kind,value,occurred_at
anna,a,purchase,1,2020-01-02
anna,b,rating,5,2020-01-01
anna,c,rating,3,2020-01-03
ben,a,impression,,2020-01-05
ben,c,dwell,40,2020-01-06
ben,c,click,1,2020-01-07
ben,nowhere,click,1,2020-01-07
"""


def write(folder: Path, packed: bool = False, language: str = "en") -> Path:
    """A folder of three items and two people."""
    folder.mkdir()
    items = "".join(json.dumps({"item_id": one, "title": one, "language": language}) + "\n" for one in "abc")
    for name, text in (("items.jsonl", items), ("events.csv", EVENTS)):
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_is_read_by_its_path(packed: bool, tmp_path: Path) -> None:
    found = data.load(str(write(tmp_path / "My Shop", packed)))
    assert (found.name, found.slug, found.people) == ("My Shop", "my-shop", ("anna", "ben"))
    assert [history.tolist() for history in found.histories] == [[1, 0], [2]]
    assert found.rows[1] == (Row("dwell", "40", "2020-01-06"),)


def test_a_folder_is_read_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "shop")
    monkeypatch.setenv("RECPLATFORM_DATASETS", str(tmp_path))
    assert data.load("shop").item_ids == ("a", "b", "c")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(data.DatasetMissingError, match="nowhere"):
        data.load(str(tmp_path / "nowhere"))


def test_a_folder_without_positive_events_says_so(tmp_path: Path) -> None:
    folder = write(tmp_path / "shop")
    (folder / "events.csv").unlink()
    with pytest.raises(data.NothingToAskError, match="nobody to ask"):
        data.load(str(folder))


@pytest.mark.parametrize(("language", "encoder"), [("en", "sentence-transformer"), ("zh", "multilingual-e5")])
def test_peers_take_the_encoder_of_the_product(language: str, encoder: str, tmp_path: Path) -> None:
    assert data.load(str(write(tmp_path / "shop", language=language))).encoder == encoder


def test_times_are_a_clock_only_where_people_begin_at_different_moments(town: Dataset) -> None:
    def timed(begin: int) -> Dataset:
        rows = tuple(
            tuple(Row("click", "1", f"2020-01-{begin * person % 25 + n:02d}") for n in range(1, len(history) + 1))
            for person, history in enumerate(town.histories)
        )
        return replace(town, rows=rows)

    assert timed(begin=1).has_times
    assert not timed(begin=0).has_times
    assert not town.has_times
