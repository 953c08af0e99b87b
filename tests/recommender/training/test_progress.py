"""The share of a training never goes back, and follows what the last training took."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from recommender.models import TrainingRun
from recommender.training.progress import MOST_STEPS, NEARLY, Course, remaining_seconds

KNOWN: list[list[str | float]] = [
    ["reading", 0.0],
    ["fitting", 20.0],
    ["shop: asking", 60.0],
    ["fitting", 80.0],
    ["", 100.0],
]


def test_known_steps_lie_where_they_lay_the_last_time() -> None:
    course = Course(KNOWN)
    assert course.at("reading", 0, 1) == 0.0
    assert course.at("fitting", 0, 4) == pytest.approx(0.2)
    assert course.at("fitting", 2, 4) == pytest.approx(0.4)
    assert course.at("mail v3: asking", 0, 1) == pytest.approx(0.6)
    assert course.at("fitting", 1, 4) == pytest.approx(0.85)
    assert course.at("fitting", 9, 4) == NEARLY


def test_it_never_goes_back_whatever_is_told() -> None:
    for known in ([], KNOWN):
        course = Course(known)
        steps = [("fitting", 3, 4), ("new step", 0, 0), ("fitting", 0, 4), ("reading", 0, 1), ("reading", 5, 1)] * 40
        shares = [course.at(*step) for step in steps]
        assert shares == sorted(shares)
        assert 0 < shares[-1] <= NEARLY


def test_the_next_training_knows_the_steps_of_this_one() -> None:
    first = Course()
    for step in ("reading", "fitting", "fitting", "asking"):
        first.at(step, 0, 1)
    taken = first.taken()
    assert [name for name, _ in taken] == ["reading", "fitting", "asking", ""]
    assert [second for _, second in taken] == sorted(float(second) for _, second in taken)


@pytest.mark.parametrize("known", [[], [["", 0.0]], [["reading", 0.0], ["", 0.0]]])
def test_a_course_that_says_nothing_is_no_error(known: list[list[str | float]]) -> None:
    assert 0 < Course(known).at("reading", 0, 1) < 1


def test_a_course_of_too_many_steps_is_not_kept() -> None:
    course = Course()
    for number in range(MOST_STEPS + 5):
        course.at(f"step {number}", 0, 1)
    assert course.taken() == []


@pytest.mark.parametrize(
    ("status", "elapsed", "progress", "expected"),
    [("running", 60, 0.25, 180), ("running", 60, 0.0, None), ("running", 1, 0.5, None), ("done", 60, 0.5, None)],
)
def test_what_remains_is_estimated_from_what_is_done(
    status: str, elapsed: int, progress: float, expected: float | None
) -> None:
    now = timezone.now()
    run = TrainingRun(status=status, started_at=now - timedelta(seconds=elapsed), progress=progress)
    assert remaining_seconds(run, now) == (None if expected is None else pytest.approx(expected))
