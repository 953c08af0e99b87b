"""Scorecards: asked for, made in the background, kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.models import Catalog
from recommender.exceptions import PipelineNotFoundError, RecommenderError, ScorecardUnavailableError
from recommender.models import ModelVersion, Pipeline, Scorecard
from recommender.plugins.exceptions import PluginError
from recommender.training.scorecard import BASELINES, Exam, Tell, assemble

MOST_QUESTIONS = 300
"""Per segment, unless asked otherwise: enough to see a tenth, and minutes instead of hours."""
ASKING = 0.5
"""From this share of the progress on everything is fitted, and questions are asked."""
Prepare = Callable[[Scorecard, Tell], Exam]


def silent(step: str, done: int, total: int) -> None:
    """Tells nobody."""


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
    exam = prepare(scorecard, _telling(scorecard, tell, 0.0))
    return assemble(
        exam.ask,
        scorecard.pipeline.slug,
        exam.facts,
        wanted.get("others", ()),
        dict(Pipeline.objects.filter(catalog=scorecard.catalog_id).values_list("slug", "title")),
        seed=wanted.get("seed", 0),
        tell=_telling(scorecard, tell, ASKING),
    )


def prepared(scorecard: Scorecard, tell: Tell) -> Exam:
    """The exam of a pipeline: everything fitted on one part of the events, the questions made from the other."""
    raise ScorecardUnavailableError(
        f"“{scorecard.pipeline}” cannot be asked yet: fitting a whole pipeline on a part of the events is not there."
    )


def _telling(scorecard: Scorecard, tell: Tell, start: float) -> Tell:
    """Each step also goes to the row, where the admin sees it."""

    def told(step: str, done: int, total: int) -> None:
        tell(step, done, total)
        _save(scorecard, step=step[:200], progress=start + (1 - ASKING) * done / max(total, 1))

    return told


def _end(scorecard: Scorecard, status: Scorecard.Status, **values: Any) -> Scorecard:
    _save(scorecard, status=status, step="", finished_at=timezone.now(), **values)
    return scorecard


def _save(scorecard: Scorecard, **values: Any) -> None:
    for name, value in values.items():
        setattr(scorecard, name, value)
    scorecard.save(update_fields=list(values))
