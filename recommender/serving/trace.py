"""What happened in an answer: milliseconds per stage, what was left out and why, and whether time is up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

from recommender.plugins.types import Shortlist


@dataclass
class Trace:
    """Filled in while one answer is made."""

    budget_ms: float
    started: float = field(default_factory=perf_counter)
    timings: dict[str, float] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    shortlists: dict[str, Shortlist] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage; stages of one name add up."""
        start = perf_counter()
        try:
            yield
        finally:
            self.timings[name] = self.timings.get(name, 0.0) + (perf_counter() - start) * 1000

    def leave_out(self, name: str, reason: str) -> None:
        """Note that a stage gave nothing, and why."""
        self.left_out[name] = reason

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since the answer was begun."""
        return (perf_counter() - self.started) * 1000

    @property
    def is_late(self) -> bool:
        """Whether the answer's time is spent."""
        return self.elapsed_ms > self.budget_ms

    @property
    def degraded(self) -> bool:
        """Whether anything was left out."""
        return bool(self.left_out)
