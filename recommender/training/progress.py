"""How far a training is: its steps are known by name only, so the last training says how long each one takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from time import monotonic

from recommender.models import TrainingRun

MOST_STEPS = 500
"""A course of more steps than that is not worth keeping."""
UNKNOWN_STEP = 0.08
"""A step that the last training did not have goes so far towards NEARLY."""
NEARLY = 0.95
FEWEST_SECONDS = 5.0
"""An estimate after less is a guess."""
SMALLEST_SHARE = 0.03


class Course:
    """Turns (step, done, total) into a share of the whole that never goes back.

    `known`: [name, second at which it began] of every step of an earlier training, then ["", seconds in all]. Without
    one the share only creeps.
    """

    def __init__(self, known: Sequence[Sequence[str | float]] = ()) -> None:
        self.share = 0.0
        self.steps: list[list[str | float]] = []
        self._started = monotonic()
        self._spans = _spans(known)
        self._met: dict[str, int] = {}
        self._span: tuple[float, float] | None = None

    def at(self, step: str, done: int, total: int) -> float:
        """The share of the whole, 0 to NEARLY, when so much of this step is done."""
        if not self.steps or self.steps[-1][0] != step:
            self._begin(step)
        if self._span is not None:
            first, last = self._span
            reached = first + (last - first) * min(done / total, 1.0) if total > 0 else first
            self.share = min(max(self.share, reached), NEARLY)
        return self.share

    def taken(self) -> list[list[str | float]]:
        """The steps of this training as the next one wants to know them."""
        if len(self.steps) > MOST_STEPS:
            return []
        return [*self.steps, ["", round(monotonic() - self._started, 2)]]

    def _begin(self, step: str) -> None:
        self._span = self._spans.get(_counted(step, self._met))
        if self._span is None:
            self.share += UNKNOWN_STEP * (NEARLY - self.share)
        if len(self.steps) <= MOST_STEPS:
            self.steps.append([step, round(monotonic() - self._started, 2)])
        else:
            self.steps[-1][0] = step


def _spans(known: Sequence[Sequence[str | float]]) -> dict[tuple[str, int], tuple[float, float]]:
    """Where each step lies in the whole, by its name and how often that name had come."""
    whole = float(known[-1][1]) if known else 0.0
    if whole <= 0:
        return {}
    met: dict[str, int] = {}
    spans = {}
    for (name, start), (_, end) in pairwise(known):
        spans[_counted(str(name), met)] = (float(start) / whole, float(end) / whole)
    return spans


def _counted(step: str, met: dict[str, int]) -> tuple[str, int]:
    """The step without what stands before a colon (whom it is about, which changes), and how often it came."""
    name = step.rpartition(": ")[2]
    met[name] = met.get(name, 0) + 1
    return name, met[name]


def remaining_seconds(run: TrainingRun, now: datetime) -> float | None:
    """About how long a running training still takes, or None while nothing can be said."""
    if run.status != TrainingRun.Status.RUNNING or run.started_at is None:
        return None
    elapsed = (now - run.started_at).total_seconds()
    if elapsed < FEWEST_SECONDS or run.progress < SMALLEST_SHARE:
        return None
    return elapsed * (1.0 - run.progress) / run.progress
