"""The films of the demo: MovieLens-100K out of its wheel, in the interchange format."""

import csv
import json
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from recplatform.demo import films
from recplatform.demo.exceptions import FilmsUnavailableError


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The converted folder and the folder of the wheel; skips where the package index cannot be reached."""
    root = tmp_path_factory.mktemp("films")
    try:
        return films.prepare_films(root / "films", root / "wheels"), root / "wheels"
    except FilmsUnavailableError as error:
        pytest.skip(f"needs the wheel {films.REQUIREMENT}: {error}")


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize(
    ("raw", "title", "year"),
    [
        ("Toy Story (1995)", "Toy Story", 1995),
        ("Godfather, The", "The Godfather", None),
        ("Fish Called Wanda, A (1988)", "A Fish Called Wanda", 1988),
        ("Enfer, L'", "L'Enfer", None),
        ("Blue Angel, The (Blaue Engel, Der)", "The Blue Angel (Der Blaue Engel)", None),
        ("Good, The Bad and The Ugly, The (1966)", "The Good, The Bad and The Ugly", 1966),
        ("Seven (Se7en)", "Seven (Se7en)", None),
        ("Niagara, Niagara", "Niagara, Niagara", None),
        ("2001: A Space Odyssey", "2001: A Space Odyssey", None),
    ],
)
def test_a_title_reads_as_people_write_it(raw: str, title: str, year: int | None) -> None:
    assert films.plain_title(raw) == (title, year)


def test_items_have_title_year_and_genres(folders: tuple[Path, Path]) -> None:
    items = {item["item_id"]: item for item in read_jsonl(folders[0] / "items.jsonl")}
    assert len(items) == 1682
    assert items["1"] == {
        "item_id": "1",
        "title": "Toy Story",
        "categories": ["Animation", "Children's", "Comedy"],
        "attributes": {"year": 1995},
        "language": "en",
    }
    assert items["127"]["title"] == "The Godfather"
    assert items["1412"]["attributes"] == {"year": 1995}  # its year stands in the title only
    assert [item_id for item_id, item in items.items() if not item.get("available", True)] == ["267"]
    assert not [item for item in items.values() if item["title"].endswith((", The", ", A", ", An", ")."))]


def test_events_are_ratings_with_times(folders: tuple[Path, Path]) -> None:
    events = read_csv(folders[0] / "events.csv")
    assert len(events) == 100_000
    assert list(events[0].values()) == ["196", "242", "rating", "3", "1997-12-04T15:55:49Z"]
    assert {event["kind"] for event in events} == {"rating"}
    assert {event["value"] for event in events} == {"1", "2", "3", "4", "5"}
    assert all(datetime.fromisoformat(event["occurred_at"]).year in (1997, 1998) for event in events)


def test_profiles_and_items_of_the_events_all_exist(folders: tuple[Path, Path]) -> None:
    profiles = read_jsonl(folders[0] / "profiles.jsonl")
    items = {item["item_id"] for item in read_jsonl(folders[0] / "items.jsonl")}
    events = read_csv(folders[0] / "events.csv")
    assert profiles[0] == {"profile_id": "1", "attributes": {"age": 24, "gender": "M", "occupation": "technician"}}
    assert {event["profile_id"] for event in events} == {profile["profile_id"] for profile in profiles}
    assert {event["item_id"] for event in events} <= items


def test_a_complete_folder_is_left_alone(folders: tuple[Path, Path]) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in folders[0].iterdir()}
    assert films.prepare_films(folders[0], folders[0] / "not-needed") == folders[0]
    assert {path.name: path.stat().st_mtime_ns for path in folders[0].iterdir()} == before
    assert set(before) == set(films.FILES)


def test_an_interrupted_folder_is_completed_from_the_wheel_that_is_there(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(films, "REQUIREMENT", "no-download-is-needed==0")
    (tmp_path / "items.jsonl.part").write_text("{", encoding="utf-8")
    films.prepare_films(tmp_path, folders[1])
    for name in films.FILES:
        assert (tmp_path / name).read_bytes() == (folders[0] / name).read_bytes()
    assert not list(tmp_path.glob("*.part"))


def test_a_failed_download_names_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(FilmsUnavailableError, match=r"(?s)could not be downloaded: .*put the wheel") as caught:
        films.prepare_films(tmp_path / "films", tmp_path / "wheels")
    assert isinstance(caught.value.__cause__, subprocess.CalledProcessError)


def test_a_damaged_wheel_is_named(tmp_path: Path) -> None:
    (tmp_path / "recbole-1.2.1-py3-none-any.whl").write_bytes(b"not a zip file")
    with pytest.raises(FilmsUnavailableError, match=r"none-any\.whl cannot be read .*delete the file"):
        films.prepare_films(tmp_path / "films", tmp_path)


def test_the_wheel_s_graph_is_linked_by_other_numbers(folders: tuple[Path, Path]) -> None:
    """Why the films have no relations: under these numbers no film shares a word with its sequel."""
    (wheel,) = folders[1].glob(films.WHEEL_PATTERN)
    with ZipFile(wheel) as archive:
        films_of = {row["entity_id"]: row["item_id"] for row in films._rows(archive, "link")}
        edges = list(films._rows(archive, "kg"))
    words = {
        item["item_id"]: {word for word in item["title"].lower().split() if len(word) > 3}
        for item in read_jsonl(folders[0] / "items.jsonl")
    }
    pairs = [
        (films_of[edge["head_id"]], films_of[edge["tail_id"]])
        for edge in edges
        if edge["relation_id"] == "film.film.sequel" and {edge["head_id"], edge["tail_id"]} <= films_of.keys()
    ]
    assert (len(films_of), len(edges), len(pairs)) == (1_598, 91_631, 57)
    assert [pair for pair in pairs if words[pair[0]] & words[pair[1]]] == []
