"""Asking the product itself: the split becomes a folder to import and a file of queries, the commands do the rest.

Splits of one data set share a catalog, so that its items are encoded once; those of the split before leave it first.
"""

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.quality.split import Question, Split
from benchmarks.quality.vectors import cache_folder
from recommender.training.metrics import DEPTH

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"


FORGET = "from users.models import Profile; Profile.objects.filter(catalog__slug={slug!r}).delete()"


class ProductAnswerError(Exception):
    """The product's answers do not fit the queries."""


def write_folder(cut: Split, folder: Path) -> None:
    """Every item, and the training events only: an unseen person is not in it at all."""
    folder.mkdir(parents=True, exist_ok=True)
    dataset = cut.dataset
    lines = (json.dumps(item, ensure_ascii=False) + "\n" for item in dataset.items)
    (folder / "items.jsonl").write_text("".join(lines), encoding="utf-8")
    with (folder / "events.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["profile_id", "item_id", "kind", "value", "occurred_at"])
        for person, kept in enumerate(cut.train):
            rows = dict(zip(dataset.histories[person].tolist(), dataset.rows[person], strict=True))
            for item in kept.tolist():
                row = rows[item]
                writer.writerow([dataset.people[person], dataset.item_ids[item], row.kind, row.value, row.occurred_at])


def query(cut: Split, question: Question) -> dict[str, Any]:
    """One line of the queries file. Known people are asked by their id, the unseen by what they have shown."""
    ids = cut.dataset.item_ids
    line: dict[str, Any] = {"query_id": question.query_id, "limit": DEPTH}
    line["exclude"] = [ids[n] for n in question.exclude]
    if question.text:
        line["text"] = question.text
    elif question.segment in ("known", "new_items"):
        line["profile_id"] = cut.dataset.people[question.person]
    else:
        line["history"] = [ids[n] for n in question.history]
    if question.segment == "new_items":
        line["among"] = [ids[n] for n in cut.is_new.nonzero()[0]]
    return line


def write_queries(cut: Split, path: Path) -> None:
    """All segments in one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as out:
        for question in all_questions(cut):
            out.write(json.dumps(query(cut, question), ensure_ascii=False) + "\n")


def all_questions(cut: Split) -> list[Question]:
    """The questions of all segments, in their order."""
    return [question for questions in cut.questions.values() for question in questions]


def read_lists(cut: Split, path: Path) -> dict[str, list[list[int]]]:
    """The answers as item positions, per segment in the order of the questions.

    Raises:
        ProductAnswerError: a query without an answer, an unknown, repeated or forbidden item.
    """
    position = {item_id: n for n, item_id in enumerate(cut.dataset.item_ids)}
    with path.open(encoding="utf-8") as lines:
        answers = {str(row["query_id"]): row["item_ids"] for row in map(json.loads, lines)}
    return {
        segment: [_checked(cut, question, answers.get(question.query_id), position) for question in questions]
        for segment, questions in cut.questions.items()
    }


def _checked(cut: Split, question: Question, answer: list[str] | None, position: dict[str, int]) -> list[int]:
    if answer is None:
        raise ProductAnswerError(f"{question.query_id}: no answer; every line of the queries file needs one.")
    if unknown := [item_id for item_id in answer if item_id not in position]:
        raise ProductAnswerError(f"{question.query_id}: {unknown[:3]} are not items of {cut.dataset.name}.")
    ranked = [position[item_id] for item_id in answer]
    if len(set(ranked)) < len(ranked):
        raise ProductAnswerError(f"{question.query_id}: an item is there twice.")
    if set(ranked) & set(question.exclude):
        raise ProductAnswerError(f"{question.query_id}: an excluded item was answered.")
    if question.segment == "new_items" and not cut.is_new[ranked].all():
        raise ProductAnswerError(f"{question.query_id}: an item outside `among` was answered.")
    return ranked


def environment() -> dict[str, str]:
    """Embedded services in a data folder that only the benchmark uses."""
    kept = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    services = (cache_folder() / "services").resolve()
    return kept | {"RECPLATFORM_DATA_DIR": str(services), "OPENBLAS_NUM_THREADS": "1"}


def manage(*arguments: str) -> None:
    """One management command; its output goes to standard error, so that JSON on standard output stays clean."""
    subprocess.run([sys.executable, str(MANAGE), *arguments], check=True, env=environment(), stdout=sys.stderr)


def ask(cut: Split) -> tuple[dict[str, list[list[int]]], dict[str, float]]:
    """Import, encode, train, recommend; returns the lists per segment and the seconds of each command."""
    folder = (cache_folder() / "splits" / cut.label).resolve()
    queries, lists = folder / "queries.jsonl", folder / "lists.jsonl"
    write_folder(cut, folder / "data")
    write_queries(cut, queries)
    slug = f"quality-{cut.dataset.name}"
    catalog = ("--catalog", slug)
    lists.unlink(missing_ok=True)
    steps: Iterable[tuple[str, ...]] = (
        ("migrate", "--verbosity", "0"),
        ("shell", "--verbosity", "0", "-c", FORGET.format(slug=slug)),
        ("import", str(folder / "data"), *catalog),
        ("encode_items", *catalog),
        ("train", *catalog),
        ("recommend", *catalog, "--queries", str(queries), "--out", str(lists)),
    )
    seconds: dict[str, float] = {}
    for step in steps:
        start = time.perf_counter()
        manage(*step)
        seconds[step[0]] = time.perf_counter() - start
    return read_lists(cut, lists), seconds


def stop() -> None:
    """Stop the benchmark's own servers."""
    manage("embedded", "stop")
