"""A training run is claimed once, tells how far it is, stops when asked, and outlives its worker."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Catalog
from recommender.exceptions import ModelStoreError, PipelineNotFoundError, TrainingBusyError
from recommender.models import ModelVersion, Pipeline, TrainingRun
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.training import Tell, TooLittleDataError, TrainingCancelledError
from recommender.training import runs

pytestmark = pytest.mark.django_db


@pytest.fixture
def pipeline() -> Pipeline:
    catalog = Catalog.objects.create(slug="shop", name="Shop")
    return Pipeline.objects.create(catalog=catalog, slug="default", title="Default", is_default=True)


@pytest.fixture
def run(pipeline: Pipeline) -> TrainingRun:
    return runs.enqueue(pipeline.catalog, pipeline)


def version_of(run: TrainingRun) -> ModelVersion:
    return ModelVersion.objects.create(catalog=run.catalog, pipeline=run.pipeline, run=run, number=1)


def learns(run: TrainingRun, tell: Tell) -> ModelVersion:
    """A training of two steps."""
    tell("reading", 0, 1)
    tell("fitting", 1, 2)
    return version_of(run)


def lose(run: TrainingRun, attempts: int = 1) -> None:
    """As it stands when its worker was killed a while ago."""
    then = timezone.now() - 2 * runs.LOST_AFTER
    TrainingRun.objects.filter(pk=run.pk).update(
        status="running", attempts=attempts, started_at=then, heartbeat_at=then, progress=0.4, step="fitting"
    )


def test_a_second_open_run_of_a_catalog_is_refused_and_named(run: TrainingRun, pipeline: Pipeline) -> None:
    with pytest.raises(TrainingBusyError, match=rf"run {run.pk} of “Default” is queued .*cancel it in the admin"):
        runs.enqueue(pipeline.catalog, pipeline)
    assert TrainingRun.objects.count() == 1
    runs.cancel(run)
    assert runs.enqueue(pipeline.catalog, pipeline).pk != run.pk


def test_another_catalog_is_no_obstacle_but_its_pipeline_is(run: TrainingRun) -> None:
    other = Catalog.objects.create(slug="films")
    with pytest.raises(PipelineNotFoundError, match="'default'"):
        runs.enqueue(other, run.pipeline)
    mail = Pipeline.objects.create(catalog=other, slug="mail", title="Mail")
    assert runs.enqueue(other, mail, seed=3).seed == 3


def test_it_ends_as_done_with_its_version_and_its_course(run: TrainingRun) -> None:
    told: list[tuple[str, int, int]] = []
    ended = runs.carry_out(run, lambda *step: told.append(step), learns)
    assert (ended.status, ended.progress, ended.reason, ended.step) == ("done", 1.0, "", "")
    assert ended.started_at is not None
    assert ended.finished_at is not None
    assert told == [("reading", 0, 1), ("fitting", 1, 2)]
    steps = ModelVersion.objects.get().metrics["steps"]
    assert [name for name, _ in steps] == ["reading", "fitting", ""]


def test_it_is_carried_out_once(run: TrainingRun) -> None:
    runs.carry_out(run, train=learns)
    again = runs.carry_out(TrainingRun.objects.get(), train=learns)
    assert (again.status, again.attempts) == ("done", 1)
    assert ModelVersion.objects.count() == 1


def test_progress_is_in_the_row_while_it_runs(run: TrainingRun) -> None:
    seen: list[tuple[str, str, bool]] = []

    def watched(run: TrainingRun, tell: Tell) -> ModelVersion:
        tell("reading events", 0, 1)
        row = TrainingRun.objects.get()
        seen.append((row.status, row.step, 0 < row.progress < 1))
        return version_of(run)

    runs.carry_out(run, train=watched)
    assert seen == [("running", "reading events", True)]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (TooLittleDataError("There are 3 people; 30 are needed."), "There are 3 people; 30 are needed."),
        (PluginUnavailableError("implicit is not installed"), "implicit is not installed"),
        (ModelStoreError("The bucket refuses to write."), "The bucket refuses to write."),
        (MemoryError(), "not enough memory"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero. The worker's log"),
    ],
)
def test_why_it_failed_is_told_in_plain_words(run: TrainingRun, error: Exception, told: str) -> None:
    def fails(run: TrainingRun, tell: Tell) -> None:
        raise error

    ended = runs.carry_out(run, train=fails)
    assert ended.status == "failed"
    assert told in ended.reason
    assert runs.open_run(run.catalog) is None


def test_the_traceback_of_an_unexpected_error_is_in_the_log(run: TrainingRun, caplog: pytest.LogCaptureFixture) -> None:
    runs.carry_out(run, train=lambda run, tell: 1 / 0)  # type: ignore[arg-type, return-value]  # it never returns
    assert "ZeroDivisionError" in caplog.text


def test_nothing_to_learn_from_is_a_failure_with_a_reason(run: TrainingRun) -> None:
    ended = runs.carry_out(run, train=lambda run, tell: None)
    assert (ended.status, ended.reason) == ("failed", runs.TOO_LITTLE)


def test_one_that_waits_is_cancelled_at_once(run: TrainingRun) -> None:
    assert runs.cancel(run).status == "cancelled"
    assert runs.carry_out(run, train=learns).status == "cancelled"
    assert not ModelVersion.objects.exists()


def test_one_that_runs_is_cancelled_at_its_next_step(run: TrainingRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "SECONDS_BETWEEN_WRITES", 0.0)
    steps: list[str] = []

    def long(run: TrainingRun, tell: Tell) -> ModelVersion:
        for step in ("one", "two", "three"):
            tell(step, 0, 1)
            steps.append(step)
            if step == "one":
                assert runs.cancel(TrainingRun.objects.get()).status == "running"
        return version_of(run)

    ended = runs.carry_out(run, train=long)
    assert (ended.status, ended.reason, steps) == ("cancelled", runs.CANCELLED, ["one"])
    assert runs.cancel(ended).status == "cancelled"


def test_an_interrupt_from_the_keyboard_cancels_and_goes_on(run: TrainingRun) -> None:
    def interrupted(run: TrainingRun, tell: Tell) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runs.carry_out(run, train=interrupted)
    run.refresh_from_db()
    assert (run.status, run.reason) == ("cancelled", runs.CANCELLED)


def test_one_that_lost_its_worker_waits_again_and_is_carried_out(run: TrainingRun) -> None:
    lose(run)
    assert runs.recover_lost() == 1
    run.refresh_from_db()
    assert (run.status, run.progress, run.attempts) == ("queued", 0.0, 1)
    assert runs.recover_lost() == 0
    ended = runs.carry_out(run, train=learns)
    assert (ended.status, ended.attempts) == ("done", 2)


def test_one_that_lives_is_left_alone(run: TrainingRun) -> None:
    lose(run)
    assert runs.recover_lost(timezone.now() - 2 * runs.LOST_AFTER + timedelta(seconds=30)) == 0
    TrainingRun.objects.update(heartbeat_at=timezone.now())
    assert runs.recover_lost() == 0


def test_after_three_attempts_it_fails_with_a_reason(run: TrainingRun) -> None:
    lose(run, attempts=runs.MOST_ATTEMPTS)
    assert runs.recover_lost() == 1
    run.refresh_from_db()
    assert run.status == "failed"
    assert "lack of memory" in run.reason


def test_a_lost_one_can_be_cancelled_without_waiting(run: TrainingRun) -> None:
    lose(run)
    assert runs.cancel(run).status == "cancelled"


def test_one_that_was_asked_to_stop_before_its_worker_died_does_not_start_again(run: TrainingRun) -> None:
    lose(run)
    TrainingRun.objects.update(cancel_requested=True)
    assert runs.recover_lost() == 1
    run.refresh_from_db()
    assert run.status == "cancelled"


def test_a_worker_that_was_given_up_changes_nothing_any_more(run: TrainingRun) -> None:
    def slept(run: TrainingRun, tell: Tell) -> ModelVersion:
        lose(run)  # the machine slept
        runs.recover_lost()
        other = TrainingRun.objects.get()
        runs.carry_out(other, train=learns)
        with pytest.raises(TrainingCancelledError, match="taken this run over"):
            tell("fitting", 0, 1)
        raise TrainingCancelledError

    ended = runs.carry_out(run, train=slept)
    assert (ended.status, ended.attempts) == ("done", 2)


@pytest.mark.django_db(transaction=True)
def test_the_heart_beats_while_a_step_says_nothing(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "HEARTBEAT_SECONDS", 0.02)

    def silent_fit(run: TrainingRun, tell: Tell) -> ModelVersion:
        first = TrainingRun.objects.get().heartbeat_at
        tell("reading", 0, 1)
        tell("fitting", 0, 1)  # too soon after the other to be written at once
        deadline = time.monotonic() + 30
        while (row := TrainingRun.objects.get()).heartbeat_at == first or row.step != "fitting":
            assert time.monotonic() < deadline, "no heartbeat came"
            time.sleep(0.02)
        return version_of(run)

    assert runs.carry_out(runs.enqueue(pipeline.catalog, pipeline), train=silent_fit).status == "done"


def test_the_last_course_is_the_pipelines_own_before_any_others(run: TrainingRun) -> None:
    other = Catalog.objects.create(slug="films")
    mail = Pipeline.objects.create(catalog=other, slug="mail", title="Mail")
    assert runs._last_course(run) == ()
    ModelVersion.objects.create(catalog=other, pipeline=mail, number=1, metrics={"steps": [["a", 0.0], ["", 1.0]]})
    assert runs._last_course(run) == [["a", 0.0], ["", 1.0]]
    ModelVersion.objects.create(
        catalog=run.catalog, pipeline=run.pipeline, number=1, metrics={"steps": [["b", 0.0], ["", 2.0]]}
    )
    ModelVersion.objects.create(catalog=other, pipeline=mail, number=2, metrics={"steps": [["c", 0.0], ["", 3.0]]})
    assert runs._last_course(run) == [["b", 0.0], ["", 2.0]]
