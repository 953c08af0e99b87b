"""Drafts of many pipelines or placements at a glance: the state that answers beside the one that is being edited."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import OuterRef, QuerySet, Subquery

from recommender.models import Configuration, Pipeline, Placement, Revision
from recommender.selectors.revisions import Subject

Row = TypeVar("Row", bound=Subject)


def with_states(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Each row with its published snapshot as `live_state` and its newest as `draft_state`, in the same query."""
    field = "pipeline" if rows.model is Pipeline else "placement"
    own = Revision.objects.filter(**{field: OuterRef("pk")})
    live = own.filter(version=OuterRef("version")).values("snapshot")[:1]
    draft = own.order_by("-number").values("snapshot")[:1]
    annotated: QuerySet[Row] = rows.annotate(live_state=Subquery(live), draft_state=Subquery(draft))
    return annotated


def live_state(row: Subject) -> dict[str, Any] | None:
    """What answers, of a row of `with_states`; None where nothing was published."""
    state: dict[str, Any] | None = getattr(row, "live_state", None)
    return state


def draft_differs(row: Subject) -> bool:
    """Whether the draft of a row of `with_states` differs from what answers."""
    live = live_state(row)
    return live is not None and live != getattr(row, "draft_state", None)


def waiting(configuration: Configuration) -> list[Subject]:
    """The pipelines and placements with this configuration whose drafts are not published."""
    pipelines = with_states(Pipeline.objects.filter(stages__configuration=configuration))
    placements = with_states(Placement.objects.filter(rules__configuration=configuration))
    rows: list[Subject] = [*pipelines, *placements]
    return [row for row in rows if draft_differs(row)]
