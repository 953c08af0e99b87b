"""What the product is given and how its answers are read back."""

import csv
import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.quality import environment, grid, product, split
from benchmarks.quality.data import Dataset
from benchmarks.quality.peers import Scores
from benchmarks.quality.report import Figures, as_json, table
from benchmarks.quality.split import Question, Split


@pytest.fixture(scope="module")
def cut(town: Dataset) -> Split:
    return split.make(town, 0)


def write_lists(cut: Split, path: Path) -> dict[str, list[list[int]]]:
    """Answers of the kind that the product writes: random allowed items."""
    rng = np.random.default_rng(0)

    def scorer(questions: Sequence[Question]) -> Scores:
        return rng.random((len(questions), len(cut.dataset.items)))

    lists = {segment: grid.answer(scorer, cut, asked, rng) for segment, asked in cut.questions.items()}
    with path.open("w", encoding="utf-8") as out:
        for segment, questions in cut.questions.items():
            for question, ranked in zip(questions, lists[segment], strict=True):
                ids = [cut.dataset.item_ids[n] for n in ranked]
                line = {"query_id": question.query_id, "item_ids": ids, "scores": [1.0] * len(ids)}
                out.write(json.dumps(line) + "\n")
    return lists


def test_folder_has_every_item_and_training_events_only(cut: Split, tmp_path: Path) -> None:
    product.write_folder(cut, tmp_path)
    items = [json.loads(line) for line in (tmp_path / "items.jsonl").read_text(encoding="utf-8").splitlines()]
    assert items == list(cut.dataset.items)
    with (tmp_path / "events.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    written = [(row["profile_id"], row["item_id"]) for row in rows]
    ids, people = cut.dataset.item_ids, cut.dataset.people
    assert written == [(people[p], ids[n]) for p, kept in enumerate(cut.train) for n in kept.tolist()]
    unseen = {people[q.person] for q in cut.questions["text0"]}
    assert not unseen & {profile for profile, _ in written}


def test_queries_say_what_the_segment_knows_and_no_more(cut: Split, tmp_path: Path) -> None:
    product.write_queries(cut, tmp_path / "queries.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "queries.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len({line["query_id"] for line in lines}) == len(lines) == sum(map(len, cut.questions.values()))
    knows = {"text0": {"text"}, "shot1": {"history"}, "shot2": {"history"}, "shot5": {"history"}}
    knows |= {"known": {"profile_id"}, "new_items": {"profile_id", "among"}}
    for line in lines:
        segment = line["query_id"].rsplit("-", 1)[0]
        assert set(line) == {"query_id", "limit", "exclude"} | knows[segment]


def test_answers_are_read_back_and_scored(cut: Split, tmp_path: Path) -> None:
    lists = write_lists(cut, tmp_path / "lists.jsonl")
    assert product.read_lists(cut, tmp_path / "lists.jsonl") == lists
    figures = Figures("town")
    figures.ask(cut)
    figures.add("random", cut, lists)
    figures.add("perfect", cut, {s: [list(q.relevant)[:20] for q in asked] for s, asked in cut.questions.items()})
    facts = as_json(figures)
    assert facts["ndcg@20"]["perfect"]["mean"] == pytest.approx(1.0)
    assert facts["ndcg@20"]["random"]["mean"] < 0.5
    assert facts["best_single_peer"] == "perfect"
    assert "perfect" in table(figures)


Rows = list[dict[str, Any]]


def without_first(rows: Rows, cut: Split) -> Rows:
    return rows[1:]


def unknown_item(rows: Rows, cut: Split) -> Rows:
    return [rows[0] | {"item_ids": ["nowhere"]}, *rows[1:]]


def repeated_item(rows: Rows, cut: Split) -> Rows:
    return [rows[0] | {"item_ids": rows[0]["item_ids"][:1] * 2}, *rows[1:]]


def excluded_item(rows: Rows, cut: Split) -> Rows:
    shown = cut.questions["text0"][0].exclude[0]
    return [rows[0] | {"item_ids": [cut.dataset.item_ids[shown]]}, *rows[1:]]


def known_item(rows: Rows, cut: Split) -> Rows:
    seen = set(cut.questions["new_items"][-1].exclude)
    known = next(n for n in (~cut.is_new).nonzero()[0].tolist() if n not in seen)
    return [*rows[:-1], rows[-1] | {"item_ids": [cut.dataset.item_ids[known]]}]


WRONG = {
    "no answer": without_first,
    "not items of": unknown_item,
    "twice": repeated_item,
    "excluded": excluded_item,
    "outside `among`": known_item,
}


@pytest.mark.parametrize(("message", "change"), WRONG.items())
def test_wrong_answers_are_named(
    message: str, change: Callable[[Rows, Split], Rows], cut: Split, tmp_path: Path
) -> None:
    path = tmp_path / "lists.jsonl"
    write_lists(cut, path)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("\n".join(json.dumps(row) for row in change(rows, cut)), encoding="utf-8")
    with pytest.raises(product.ProductAnswerError, match=message):
        product.read_lists(cut, path)


def test_the_benchmark_never_touches_configured_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "RECPLATFORM_MODEL_STORE"):
        monkeypatch.setenv(name, "postgres://somewhere")
        assert name not in environment.environment()
    assert environment.environment()["RECPLATFORM_DATA_DIR"].endswith("services")


def test_milliseconds_are_those_that_recommend_prints() -> None:
    found = product._ANSWERED.search("1,200 queries answered in 6.0 s (200 a second): lists.jsonl")
    assert found is not None
    assert (found[1], found[2]) == ("1,200", "6.0")


def test_a_command_that_fails_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "manage.py"
    script.write_text("import sys; print('counting'); sys.exit(sys.argv[1] == 'fail')", encoding="utf-8")
    monkeypatch.setattr(product, "MANAGE", script)
    assert product.manage("work") == "counting\n"
    with pytest.raises(subprocess.CalledProcessError) as caught:
        product.manage("fail")
    assert caught.value.output == "counting\n"
