"""Asking the product itself: the split becomes a folder to import and a file of queries, the commands do the rest.

Splits of one folder share a catalog, so that its items are encoded once; what was learned of the split before leaves
it first.
"""

import csv
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.quality.environment import cache_folder, environment
from benchmarks.quality.split import Question, Split
from recommender.training.metrics import DEPTH

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
DEFAULT_PIPELINE = "default"
"""The slug of the pipeline that a catalog starts with."""
_STATE = "from benchmarks.quality.catalog_state import {0}; {0}({1!r}, {2!r})"
_ANSWERED = re.compile(r"([\d,]+) queries answered in ([\d.]+) s")
Lists = dict[str, list[list[int]]]


class ProductAnswerError(Exception):
    """The product's answers do not fit the queries."""


@dataclass
class Answers:
    """The product's lists: of the pipeline that answers after training, and of the untrained default.

    `gate` says whether the trained one went live and why; `seconds` holds each command's, `answer_ms` the milliseconds
    that one query took in one process.
    """

    lists: Lists = field(default_factory=dict)
    untrained: Lists = field(default_factory=dict)
    gate: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    answer_ms: float = 0.0
    untrained_ms: float = 0.0


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


def read_lists(cut: Split, path: Path) -> Lists:
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


def manage(*arguments: str) -> str:
    """One management command; what it says goes to standard error as it comes, and is given back."""
    command = [sys.executable, str(MANAGE), *arguments]
    said = []
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stdout is not None, "it is a pipe"
        for line in process.stdout:
            print(line, end="", file=sys.stderr, flush=True)
            said.append(line)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, "".join(said))
    return "".join(said)


def slug_of(cut: Split) -> str:
    """The catalog of the split's folder."""
    return f"quality-{cut.dataset.slug}"


def split_folder(cut: Split) -> Path:
    """Where the files of a split lie."""
    return (cache_folder() / "splits" / cut.label).resolve()


def provide_catalog(cut: Split) -> dict[str, float]:
    """The catalog with the split's items, their vectors, and its training events; nothing learned. Seconds by step."""
    data, slug = split_folder(cut) / "data", slug_of(cut)
    write_folder(cut, data)
    return _timed(
        ("migrate", "--verbosity", "0"),
        ("shell", "--verbosity", "0", "-c", _STATE.format("forget", slug, str(data))),
        ("import", str(data), "--catalog", slug),
        ("encode_items", "--catalog", slug),
    )


def _timed(*commands: tuple[str, ...]) -> dict[str, float]:
    seconds = {}
    for command in commands:
        start = time.perf_counter()
        manage(*command)
        seconds[command[0]] = time.perf_counter() - start
    return seconds


def ask(cut: Split) -> Answers:
    """Import, encode, train, recommend by the pipeline that answers then, and by the untrained default."""
    slug, folder = slug_of(cut), split_folder(cut)
    write_queries(cut, folder / "queries.jsonl")
    answers = Answers(seconds=provide_catalog(cut))
    answers.seconds["train"] = _train(slug)
    manage("shell", "--verbosity", "0", "-c", _STATE.format("write_gate", slug, str(folder / "gate.json")))
    answers.gate = json.loads((folder / "gate.json").read_text(encoding="utf-8"))
    answers.lists, answers.answer_ms = _recommend(cut, "")
    answers.untrained, answers.untrained_ms = answers.lists, answers.answer_ms
    if answers.gate["passed"]:
        answers.untrained, answers.untrained_ms = _recommend(cut, DEFAULT_PIPELINE)
    return answers


def _train(slug: str) -> float:
    """Seconds. A training that ends without a version leaves the default pipeline to answer; the gate says why."""
    start = time.perf_counter()
    try:
        manage("train", "--catalog", slug)
    except subprocess.CalledProcessError as error:
        print(f"train ended with status {error.returncode}: the untrained pipeline answers", file=sys.stderr)
    return time.perf_counter() - start


def _recommend(cut: Split, pipeline: str) -> tuple[Lists, float]:
    """The lists of a pipeline (the catalog's default where none is named), and milliseconds a query, as printed."""
    folder = split_folder(cut)
    lists = folder / f"lists{'-' if pipeline else ''}{pipeline}.jsonl"
    lists.unlink(missing_ok=True)
    named = ("--pipeline", pipeline) if pipeline else ()
    files = ("--queries", str(folder / "queries.jsonl"), "--out", str(lists))
    said = manage("recommend", "--catalog", slug_of(cut), *files, *named)
    found = _ANSWERED.search(said)
    if found is None:
        raise ProductAnswerError("`recommend` did not say how many queries it answered in which time.")
    return read_lists(cut, lists), 1000 * float(found[2]) / max(int(found[1].replace(",", "")), 1)


def stop() -> None:
    """Stop the benchmark's own servers."""
    manage("embedded", "stop")
