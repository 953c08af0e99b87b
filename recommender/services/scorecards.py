"""Scorecards: asked for, made in the background, kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.models import Catalog
from recommender.exceptions import PipelineNotFoundError, RecommenderError
from recommender.models import ModelVersion, Pipeline, Scorecard
from recommender.plugins.exceptions import PluginError
from recommender.plugins.training import Tell, TooLittleDataError, silent
from recommender.training.exam import MOST_QUESTIONS, prepared
from recommender.training.recorded import judged_by_clicks
from recommender.training.scorecard import BASELINES, Exam, assemble

SECONDS_BETWEEN_WRITES = 1.0
Prepare = Callable[[Scorecard, Tell], Exam]


def order(
    pipeline: Pipeline,
    version: ModelVersion | None = None,
    *,
    others: Sequence[str] = (),
    attributes: Sequence[str] = (),
    questions: int = MOST_QUESTIONS,
    seed: int = 0,
) -> Scorecard:
    """A scorecard that waits to be made. `others`: slugs of pipelines to stand beside it.

    `attributes`: profile attributes whose groups are compared; none is read unless it is named here.
    """
    named = [one for one in dict.fromkeys(others) if one not in (pipeline.slug, *BASELINES)]
    for slug in named:
        pipeline_of(pipeline.catalog, slug)
    wanted = {"seed": seed, "questions": questions, "others": named, "attributes": list(attributes)}
    return Scorecard.objects.create(
        catalog=pipeline.catalog, pipeline=pipeline, model_version=version, settings=wanted, step="waiting for a worker"
    )


def send(scorecard: Scorecard) -> None:
    """Let a worker make it, once this transaction is committed."""
    from recommender.tasks import make_scorecard  # tasks call services: at the top it would be a circle

    transaction.on_commit(partial(make_scorecard.delay, scorecard.pk))


def pipeline_of(catalog: Catalog, slug: str = "") -> Pipeline:
    """The pipeline of that name, or the catalog's default."""
    wanted = {"slug": slug} if slug else {"is_default": True}
    pipeline = Pipeline.objects.filter(catalog=catalog, **wanted).first()
    if pipeline is None:
        raise PipelineNotFoundError(slug)
    return pipeline


def make(scorecard: Scorecard, tell: Tell = silent, prepare: Prepare | None = None) -> Scorecard:
    """Ask, compare, keep. What cannot be done is kept as the reason, in plain words; a second run makes it anew."""
    _save(scorecard, status=Scorecard.Status.RUNNING, step="preparing", progress=0.0, reason="", finished_at=None)
    try:
        figures = _figures(scorecard, tell, prepare or prepared)
    except (RecommenderError, PluginError) as error:
        return _end(scorecard, Scorecard.Status.FAILED, reason=str(error))
    except Exception as error:
        _end(scorecard, Scorecard.Status.FAILED, reason=f"{type(error).__name__}: {error}. The worker's log has more.")
        raise
    return _end(scorecard, Scorecard.Status.DONE, figures=figures, progress=1.0)


def _figures(scorecard: Scorecard, tell: Tell, prepare: Prepare) -> dict[str, Any]:
    wanted = scorecard.settings
    exam = prepare(scorecard, _telling(scorecard, tell, moves=False))
    titles = dict(Pipeline.objects.filter(catalog=scorecard.catalog_id).values_list("slug", "title"))
    figures = assemble(
        exam.ask,
        scorecard.pipeline.slug,
        exam.facts,
        wanted.get("others", ()),
        {**titles, scorecard.pipeline.slug: str(scorecard.model_version or scorecard.pipeline)},
        seed=wanted.get("seed", 0),
        tell=_telling(scorecard, tell, moves=True),
    )
    return {**figures, "clicks": _clicks(scorecard)}


def _clicks(scorecard: Scorecard) -> dict[str, Any]:
    """Off-policy estimates from recorded answers, or why there are none. Only what is live can be asked again."""
    version = scorecard.model_version
    if version is not None and version.status != ModelVersion.Status.LIVE:
        return {"missing": "Recorded answers can be put to a pipeline as it is live, not to another model version."}
    try:
        return judged_by_clicks(scorecard.pipeline, scorecard.settings.get("seed", 0)).figures()
    except (TooLittleDataError, RecommenderError) as error:
        return {"missing": str(error)}


def _telling(scorecard: Scorecard, tell: Tell, *, moves: bool) -> Tell:
    """Each step also goes to the row, where the admin sees it. Only asking one system after the other moves the bar."""
    written = 0.0

    def told(step: str, done: int, total: int) -> None:
        nonlocal written
        tell(step, done, total)
        if moves:
            scorecard.progress = done / max(total, 1)
        elif monotonic() - written < SECONDS_BETWEEN_WRITES:
            return
        written = monotonic()
        _save(scorecard, step=step[:200], progress=scorecard.progress)

    return told


def _end(scorecard: Scorecard, status: Scorecard.Status, **values: Any) -> Scorecard:
    _save(scorecard, status=status, step="", finished_at=timezone.now(), **values)
    return scorecard


def _save(scorecard: Scorecard, **values: Any) -> None:
    for name, value in values.items():
        setattr(scorecard, name, value)
    scorecard.save(update_fields=list(values))
