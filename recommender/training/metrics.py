"""How good ranked lists are where the right answers are known, and whether one system's are better than another's.

A list is judged by its first 20 places over the full catalogue (never sampled negatives). Systems are compared on the
same questions, so everything is paired.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from recommender.training.significance import Codes, Reals, Resampled, Word, holm, resample, word_for

SEGMENTS = ("text0", "shot1", "shot2", "shot5", "known", "new_items")
DEPTH = 20
DISCOUNTS: Reals = 1.0 / np.log2(np.arange(2, DEPTH + 2))
IDEAL: Reals = np.concatenate([[0.0], np.cumsum(DISCOUNTS)])
"""DCG of a perfect list, by how many items are right."""
MEASURES = ("ndcg", "recall", "mrr")
Measure = Literal["ndcg", "recall", "mrr"]
TOTAL = "total"
"""The mean over the segments that were asked, each weighing the same."""


@dataclass(frozen=True)
class Judged:
    """One system's answers to questions whose right answers are known: a row per question.

    `segment` (q,) points into SEGMENTS, `person` (q,) says whose question it is (any codes), `ndcg`, `recall` and `mrr`
    (q,) are between 0 and 1, `lists` (q, 20) holds item rows, best first, -1 where the list was shorter. `asked` is a
    digest of the questions and their right answers: only what has the same can be compared question by question.
    """

    segment: NDArray[np.int8]
    person: Codes
    ndcg: Reals
    recall: Reals
    mrr: Reals
    lists: Codes
    asked: str = ""

    def __len__(self) -> int:
        return len(self.segment)

    @cached_property
    def values(self) -> Reals:
        """The three measures as columns (q, 3), in the order of MEASURES."""
        return np.column_stack([self.ndcg, self.recall, self.mrr])

    @property
    def groups(self) -> Codes:
        """The segments as `resample` wants them."""
        return self.segment.astype(np.int64)


def judge(
    lists: Codes, relevant: Sequence[NDArray[np.integer]], segment: NDArray[np.integer], person: NDArray[np.integer]
) -> Judged:
    """Score lists (q, any width; -1 where short) against the rows of the items that were right, per question.

    A question without a right answer scores 0; don't ask such questions.
    """
    lists = _to_depth(np.asarray(lists, dtype=np.int64))
    counts = np.array([len(one) for one in relevant], dtype=np.int64)
    hits = _hits(lists, relevant, counts)
    first = np.where(hits.any(axis=1), 1.0 / (1 + hits.argmax(axis=1)), 0.0)
    return Judged(
        np.asarray(segment, dtype=np.int8),
        np.asarray(person, dtype=np.int64),
        hits @ DISCOUNTS / np.maximum(IDEAL[np.minimum(counts, DEPTH)], 1e-12),
        hits.sum(axis=1) / np.maximum(counts, 1),
        first,
        lists,
        _digest(relevant, segment, person),
    )


def rows_of(lists: Sequence[Sequence[int]]) -> Codes:
    """Lists of any length as rows (q, 20), filled with -1."""
    rows = np.full((len(lists), DEPTH), -1, dtype=np.int64)
    for row, one in zip(rows, lists, strict=True):
        row[: min(DEPTH, len(one))] = one[:DEPTH]
    return rows


def _to_depth(lists: Codes) -> Codes:
    short = DEPTH - lists.shape[1]
    return lists[:, :DEPTH] if short <= 0 else np.pad(lists, ((0, 0), (0, short)), constant_values=-1)


def _hits(lists: Codes, relevant: Sequence[NDArray[np.integer]], counts: Codes) -> NDArray[np.bool_]:
    """Which places hold a right answer (q, 20): question and item joined to one number, looked up at once."""
    right = np.concatenate([np.empty(0, dtype=np.int64), *relevant]).astype(np.int64)
    width = 1 + max(int(lists.max(initial=0)), int(right.max(initial=0)))
    question = np.arange(len(lists), dtype=np.int64)
    found = np.isin(question[:, None] * width + lists, np.repeat(question, counts) * width + right)
    return np.asarray(found & (lists >= 0))


def _digest(relevant: Sequence[NDArray[np.integer]], segment: NDArray[np.integer], person: NDArray[np.integer]) -> str:
    """Of the questions, whatever the codes of the people are."""
    digest = hashlib.sha256(np.asarray(segment, dtype=np.int8).tobytes())
    digest.update(np.unique(person, return_inverse=True)[1].astype(np.int64).tobytes())
    for items in relevant:
        digest.update(np.sort(items).astype(np.int64).tobytes() + b"|")
    return digest.hexdigest()[:16]


def ndcg(ranked: Sequence[int], relevant: Collection[int]) -> float:
    """Binary NDCG of the first 20 of one list; the ideal list has every right item it has room for at its top."""
    return float(_one(ranked, relevant).ndcg[0])


def recall(ranked: Sequence[int], relevant: Collection[int]) -> float:
    """Share of the right items among the first 20 of one list."""
    return float(_one(ranked, relevant).recall[0])


def _one(ranked: Sequence[int], relevant: Collection[int]) -> Judged:
    right = np.array(sorted(relevant), dtype=np.int64)
    zero = np.zeros(1, dtype=np.int64)
    return judge(rows_of([ranked]), [right], zero, zero)


def summary(judged: Judged, seed: int = 0) -> dict[str, dict[str, Any]]:
    """Per segment that was asked, and in `total`: questions, people, and each measure's mean and interval (95 %)."""
    drawn = resample(judged.values, judged.groups, judged.person, len(SEGMENTS), seed)
    questions = np.bincount(judged.groups, minlength=len(SEGMENTS))
    rows = {name: row for row, name in enumerate(SEGMENTS) if questions[row]}
    told: dict[str, dict[str, Any]] = {}
    for name, row in (rows | {TOTAL: len(SEGMENTS)}).items():
        told[name] = {"questions": int(questions[row] if name in rows else len(judged))}
        told[name]["people"] = int(drawn.people[row])
        for column, measure in enumerate(MEASURES):
            told[name][measure] = {"mean": float(drawn.means[row, column]), "interval": drawn.interval(row, column)}
    return told


@dataclass(frozen=True)
class Difference:
    """Two systems in one segment. `interval` (95 %) is that of `difference` = `ours` - `theirs`.

    `p` is Holm's over the segments (the total is one question of its own and stands as it is). `word` says win or loss
    where p is under 5 % and the difference at least 1 % relative. `ratio` is None where theirs is 0.
    """

    ours: float
    theirs: float
    ratio: float | None
    difference: float
    interval: tuple[float, float]
    p: float
    word: Word
    questions: int
    people: int


@dataclass(frozen=True)
class Comparison:
    """Two systems on the same questions, by segment and in total."""

    measure: Measure
    segments: dict[str, Difference]
    total: Difference

    def rows(self) -> dict[str, Difference]:
        """The segments and the total, under its name."""
        return {**self.segments, TOTAL: self.total}


class OtherQuestionsError(ValueError):
    """The two systems were not asked the same questions."""


def compare(ours: Judged, theirs: Judged, seed: int = 0, measure: Measure = "ndcg") -> Comparison:
    """Ours against theirs, paired by question, people drawn again 10,000 times.

    Raises:
        OtherQuestionsError: the questions are not the same, in the same order.
    """
    same = ours.asked == theirs.asked and np.array_equal(ours.segment, theirs.segment)
    if not same or not np.array_equal(ours.person, theirs.person):
        raise OtherQuestionsError(
            f"{len(ours):,} questions ({ours.asked}) and {len(theirs):,} questions ({theirs.asked}) are not the same: "
            "ask both systems the questions of one split."
        )
    a, b = getattr(ours, measure), getattr(theirs, measure)
    drawn = resample(np.column_stack([a - b, a, b]), ours.groups, ours.person, len(SEGMENTS), seed)
    return _comparison(drawn, ours, measure)


def compare_apart(ours: Judged, theirs: Judged, seed: int = 0, measure: Measure = "ndcg") -> Comparison:
    """The same for systems that were asked different questions: nothing is paired, so the intervals are wider.

    Segments that only one of them was asked are left out.
    """
    shared = np.intersect1d(ours.segment, theirs.segment)
    ours, theirs = (only(one, np.isin(one.segment, shared)) for one in (ours, theirs))
    a, b = (
        resample(getattr(one, measure)[:, None], one.groups, one.person, len(SEGMENTS), seed + place)
        for place, one in enumerate((ours, theirs))
    )
    columns = [[x - y, x, y] for x, y in ((a.means[:, 0], b.means[:, 0]), (a.draws[..., 0], b.draws[..., 0]))]
    means, draws = (np.stack(one, axis=-1) for one in columns)
    return _comparison(Resampled(means, draws, np.minimum(a.people, b.people)), ours, measure)


def _comparison(drawn: Resampled, ours: Judged, measure: Measure) -> Comparison:
    """The rows of a comparison, with Holm's p-values over the segments."""
    questions = np.bincount(ours.groups, minlength=len(SEGMENTS))
    asked = [row for row in range(len(SEGMENTS)) if drawn.people[row]]
    adjusted = dict(zip(asked, holm([drawn.p_value(row) for row in asked]), strict=True))
    segments = {SEGMENTS[row]: _difference(drawn, row, adjusted[row], int(questions[row])) for row in asked}
    total = len(SEGMENTS)
    return Comparison(measure, segments, _difference(drawn, total, drawn.p_value(total), len(ours)))


def _difference(drawn: Resampled, row: int, p: float, questions: int) -> Difference:
    """One row of a comparison; the columns drawn are the difference, ours and theirs."""
    difference, ours, theirs = (float(value) for value in drawn.means[row])
    return Difference(
        ours=ours,
        theirs=theirs,
        ratio=ours / theirs if theirs else None,
        difference=difference,
        interval=drawn.interval(row),
        p=p,
        word=word_for(ours, theirs, p),
        questions=questions,
        people=int(drawn.people[row]),
    )


def no_worse_than(ours: Judged, theirs: Judged, bound: float, seed: int = 0) -> dict[str, tuple[float, float]]:
    """95 % interval, per segment, of ours - (1 - bound) · theirs in NDCG@20.

    Its upper end below zero means: worse by more than `bound`, and that is no luck.
    """
    value = (ours.ndcg - (1 - bound) * theirs.ndcg)[:, None]
    drawn = resample(value, ours.groups, ours.person, len(SEGMENTS), seed)
    asked = np.bincount(ours.groups, minlength=len(SEGMENTS))
    return {name: drawn.interval(row) for row, name in enumerate(SEGMENTS) if asked[row]}


def only(judged: Judged, mask: NDArray[np.bool_]) -> Judged:
    """The answers to some of the questions."""
    columns = {name: getattr(judged, name)[mask] for name in ("segment", "person", "ndcg", "recall", "mrr", "lists")}
    return Judged(**columns, asked=f"{judged.asked}/{_mask_digest(mask)}")


def _mask_digest(mask: NDArray[np.bool_]) -> str:
    return hashlib.sha256(np.packbits(mask).tobytes()).hexdigest()[:8]


def plain(value: Any) -> Any:
    """What JSON can hold: numpy's numbers as Python's, numbers without bounds or meaning as None."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
