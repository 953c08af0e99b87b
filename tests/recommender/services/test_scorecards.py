"""A scorecard is ordered, made, kept; what went wrong is kept in plain words."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Catalog
from recommender.exceptions import PipelineNotFoundError
from recommender.models import Pipeline, Scorecard
from recommender.plugins.training import Tell, TooLittleDataError
from recommender.services import scorecards
from recommender.tasks import make_scorecard
from recommender.training.scorecard import Exam
from tests.recommender.training import cards

pytestmark = pytest.mark.django_db
PEOPLE = 40


@pytest.fixture
def pipeline() -> Pipeline:
    catalog = Catalog.objects.create(slug="shop", name="Shop")
    Pipeline.objects.create(catalog=catalog, slug="mail", title="Mail")
    return Pipeline.objects.create(catalog=catalog, slug="default", title="Default", is_default=True)


def exam(scorecard: Scorecard, tell: Tell) -> Exam:
    """Answers of a small shop, as a worker would collect them."""
    tell("fitting", 1, 2)
    return Exam(lambda system: cards.answers(system, PEOPLE), cards.facts(PEOPLE))


def test_it_is_made_and_kept_with_what_stands_beside_it(pipeline: Pipeline) -> None:
    steps: list[tuple[str, float]] = []
    ordered = scorecards.order(pipeline, others=["mail", "default", "popularity"], questions=PEOPLE)

    def tell(step: str, done: int, total: int) -> None:
        steps.append((step, Scorecard.objects.get().progress))

    scorecards.make(ordered, tell, exam)
    made = Scorecard.objects.get()
    assert (made.status, made.progress, made.step, made.reason) == ("done", 1.0, "", "")
    assert made.finished_at is not None
    assert made.figures["order"] == ["default", "popularity", "untrained", "mail"]
    assert made.figures["systems"]["mail"]["title"] == "Mail"
    assert made.figures["comparisons"]["popularity"]["total"]["word"] == "win"
    assert [step for step, _ in steps][:2] == ["fitting", "asking Default"]
    assert [share for _, share in steps] == sorted(share for _, share in steps)


def test_a_pipeline_that_is_not_there_cannot_stand_beside_it(pipeline: Pipeline) -> None:
    with pytest.raises(PipelineNotFoundError, match="'gone'"):
        scorecards.order(pipeline, others=["gone"])
    assert not Scorecard.objects.exists()


def test_what_cannot_be_measured_says_why(pipeline: Pipeline) -> None:
    def too_little(scorecard: Scorecard, tell: Tell) -> Exam:
        raise TooLittleDataError("12 people have two or more events, 50 are needed.")

    made = scorecards.make(scorecards.order(pipeline), prepare=too_little)
    assert (made.status, made.reason) == ("failed", "12 people have two or more events, 50 are needed.")


def test_a_fault_is_kept_and_told(pipeline: Pipeline) -> None:
    def broken(scorecard: Scorecard, tell: Tell) -> Exam:
        raise ZeroDivisionError("division by zero")

    ordered = scorecards.order(pipeline)
    with pytest.raises(ZeroDivisionError):
        scorecards.make(ordered, prepare=broken)
    ordered.refresh_from_db()
    assert (ordered.status, ordered.reason) == (
        "failed",
        "ZeroDivisionError: division by zero. The worker's log has more.",
    )


def test_the_task_makes_what_waits_or_was_left_and_nothing_twice(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    monkeypatch.setattr(scorecards, "make", lambda scorecard: made.append(scorecard.pk))
    rows: dict[str, Any] = {status: scorecards.order(pipeline) for status in Scorecard.Status.values}
    for status, row in rows.items():
        Scorecard.objects.filter(pk=row.pk).update(status=status)
        make_scorecard(row.pk)
    make_scorecard(10**9)
    assert made == [rows["queued"].pk, rows["running"].pk]
