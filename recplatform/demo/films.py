"""MovieLens-100K for the demo's catalog `films`: from the wheel that carries it to the interchange format."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO
from zipfile import BadZipFile, ZipFile

from recplatform.demo.exceptions import FilmsUnavailableError

REQUIREMENT = "recbole==1.2.1"
WHEEL_PATTERN = "recbole-1.2.1-*.whl"
INSIDE = "recbole/dataset_example/ml-100k/ml-100k."
FILES = ("items.jsonl", "profiles.jsonl", "events.csv")
DOWNLOAD_SECONDS = 120

# Articles that the source moves behind the title: "Godfather, The", "Blue Angel, The (Blaue Engel, Der)".
ARTICLE_LAST = re.compile(r"([^()]+), (The|An?|Les?|La|Il|El|Los|Las|Der|Die|Das|Det|O|L')(?=\s*(?:\(|\)|$))")
YEAR_LAST = re.compile(r"\s*\((\d{4})\)\s*$")

Row = dict[str, str]


def prepare_films(folder: Path, wheel_folder: Path) -> Path:
    """Write MovieLens-100K to `folder` in the interchange format and return `folder`.

    The wheel is looked for in `wheel_folder` and downloaded there with pip when it is missing; it is read as a zip
    file, never installed. A folder that is complete is left as it is, so the second call costs nothing; after an
    interruption the files are written again. Source: Harper and Konstan, The MovieLens Datasets (2015); its terms
    allow research and no redistribution, which is why the data are fetched and not part of this repository.

    The wheel's knowledge graph is not read: its links number the films as later MovieLens releases do (260 is Star Wars
    there, 50 here), so its sequels would join the wrong films (of 57 linked pairs none shares a word of the title), and
    nothing in the wheel, which has no titles for the graph, puts the numbers right.

    Raises FilmsUnavailableError when the wheel cannot be downloaded or read.
    """
    if all((folder / name).exists() for name in FILES):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    wheel = _wheel(wheel_folder)
    try:
        with ZipFile(wheel) as archive:
            _convert(archive, folder)
    except (BadZipFile, KeyError) as error:
        raise FilmsUnavailableError(f"{wheel} cannot be read ({error}): delete the file and try again.") from error
    return folder


def plain_title(raw: str) -> tuple[str, int | None]:
    """Return the title as people write it, and its year: "Godfather, The (1972)" → "The Godfather", 1972."""
    match = YEAR_LAST.search(raw)
    year = int(match.group(1)) if match else None
    title = YEAR_LAST.sub("", raw).strip()
    return ARTICLE_LAST.sub(_article_first, title), year


def _article_first(match: re.Match[str]) -> str:
    rest, article = match.groups()
    return f"{article}{rest}" if article.endswith("'") else f"{article} {rest}"


def _wheel(wheel_folder: Path) -> Path:
    """Return the path of the wheel, downloading it if it is not in the folder."""
    found = sorted(wheel_folder.glob(WHEEL_PATTERN))
    if found:
        return found[0]
    wheel_folder.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    command = [*pip, "--only-binary=:all:", "--dest", str(wheel_folder), REQUIREMENT]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS)
    except subprocess.CalledProcessError as error:
        raise _unavailable(wheel_folder, (error.stderr or "").strip() or str(error)) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _unavailable(wheel_folder, str(error)) from error
    found = sorted(wheel_folder.glob(WHEEL_PATTERN))
    if not found:
        raise _unavailable(wheel_folder, f"pip left no file like {WHEEL_PATTERN}")
    return found[0]


def _unavailable(wheel_folder: Path, reason: str) -> FilmsUnavailableError:
    return FilmsUnavailableError(
        f"{REQUIREMENT} could not be downloaded: {reason}. Check the connection to the package index, or put the wheel "
        f"({WHEEL_PATTERN}) into {wheel_folder} yourself."
    )


def _convert(archive: ZipFile, folder: Path) -> None:
    with _writing(folder / "items.jsonl") as out:
        _write_jsonl(out, map(_item, _rows(archive, "item")))
    with _writing(folder / "profiles.jsonl") as out:
        _write_jsonl(out, map(_profile, _rows(archive, "user")))
    with _writing(folder / "events.csv") as out:
        _write_csv(out, ("profile_id", "item_id", "kind", "value", "occurred_at"), map(_event, _rows(archive, "inter")))


def _rows(archive: ZipFile, extension: str) -> Iterator[Row]:
    """Yield the rows of one tab-separated file; the type behind each column's name (`age:token`) is dropped."""
    with archive.open(f"{INSIDE}{extension}") as raw:
        lines = io.TextIOWrapper(raw, encoding="utf-8", newline="\n")
        names = [column.split(":")[0] for column in next(lines).rstrip("\r\n").split("\t")]
        for line in lines:
            yield dict(zip(names, line.rstrip("\r\n").split("\t"), strict=True))


def _item(row: Row) -> dict[str, Any]:
    if row["movie_title"] == "unkonwn":  # the source's own word for its one film without a title, which has ratings
        return {"item_id": row["item_id"], "title": "Unknown film", "language": "en", "available": False}
    title, year = plain_title(row["movie_title"])
    if row["release_year"].isdigit():
        year = int(row["release_year"])
    genres = [genre for genre in row["class"].split() if genre != "unknown"]
    attributes = {} if year is None else {"year": year}
    return {"item_id": row["item_id"], "title": title, "categories": genres, "attributes": attributes, "language": "en"}


def _profile(row: Row) -> dict[str, Any]:
    """The postal code is left out: nothing is learned from it, and it alone could point at a person."""
    attributes = {"age": int(row["age"]), "gender": row["gender"], "occupation": row["occupation"]}
    return {"profile_id": row["user_id"], "attributes": attributes}


def _event(row: Row) -> tuple[str, ...]:
    moment = datetime.fromtimestamp(int(row["timestamp"]), tz=UTC)
    return row["user_id"], row["item_id"], "rating", row["rating"], moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def _writing(path: Path) -> Iterator[TextIO]:
    """Write beside the file and rename at the end, so that a file that exists is a whole file."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as out:
        yield out
    part.replace(path)


def _write_jsonl(out: TextIO, rows: Iterable[dict[str, Any]]) -> None:
    out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _write_csv(out: TextIO, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
