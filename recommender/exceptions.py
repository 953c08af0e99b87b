"""What can go wrong in recommending. The class docstring is the default message."""

from __future__ import annotations

from collections.abc import Sequence


class RecommenderError(Exception):
    """The recommendation could not be made."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class PipelineNotFoundError(RecommenderError):
    """The catalog has no such pipeline."""

    def __init__(self, slug: str = "") -> None:
        wanted = f"The catalog has no pipeline {slug!r}" if slug else "The catalog has no default pipeline"
        super().__init__(f"{wanted}. Choose one in the admin under Pipelines.")


class PipelineBrokenError(RecommenderError):
    """The pipeline cannot run: it has no usable fusion strategy or no usable retriever."""


class PlacementNotFoundError(RecommenderError):
    """The catalog has no such placement."""

    def __init__(self, slug: str = "") -> None:
        super().__init__(
            f"The catalog has no published placement {slug!r}: GET /api/v1/placements/ lists those it has. Make and "
            "publish one in the admin under Placements."
            if slug
            else ""
        )


class PlacementBrokenError(RecommenderError):
    """The placement cannot be used as it stands."""

    def __init__(self, slug: str = "", why: str = "") -> None:
        super().__init__(
            f"The filter of placement {slug!r} cannot be read: {why}. Mend it in the admin." if slug else ""
        )


class CaseOfNobodyError(RecommenderError):
    """A case can only be saved for a profile that exists."""

    def __init__(self, profile_id: str = "") -> None:
        super().__init__(
            f"The catalog has no profile {profile_id!r}: a case is saved for somebody who exists, or for nobody."
            if profile_id
            else ""
        )


class OverrideNotAllowedError(RecommenderError):
    """The placement does not let a request choose that."""

    def __init__(self, field: str = "", placement: str = "") -> None:
        self.field = field
        super().__init__(
            f"placement {placement!r} does not let a request choose it: leave it out, or tick it under “overrides” of "
            "the placement"
            if field
            else ""
        )


class RevisionStaleError(RecommenderError):
    """An earlier state cannot be restored: something that it needs was deleted."""

    def __init__(self, what: str = "") -> None:
        super().__init__(
            f"This state cannot be restored: {what} was deleted since. Make it again, or restore another state."
            if what
            else ""
        )


class NotPublishableError(RecommenderError):
    """The draft cannot be published: it cannot run, or contradicts itself."""

    def __init__(self, reasons: Sequence[str] = ()) -> None:
        self.reasons = tuple(reasons)
        super().__init__(" ".join(self.reasons))


class ExperimentNotFoundError(RecommenderError):
    """The catalog has no such experiment."""

    def __init__(self, slug: str = "") -> None:
        super().__init__(
            f"The catalog has no experiment {slug!r}: GET /api/v1/experiments/ lists those it has." if slug else ""
        )


class ExperimentRefusedError(RecommenderError):
    """The experiment cannot be started, stopped or promoted as it stands."""


class ItemNotFoundError(RecommenderError):
    """The catalog has no such item."""


class TooManyKindsError(RecommenderError):
    """The catalog has more kinds of event than learning tells apart."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"The catalog's people chose items by more than {most} kinds of event, which is as many as learning tells "
            "apart: make those that mean nothing neutral, or give one name to those that mean the same."
        )


class ModelStoreError(RecommenderError):
    """The files of a trained model cannot be stored or fetched."""


class TrainingBusyError(RecommenderError):
    """The catalog was being trained by somebody else until a moment ago: try again."""

    def __init__(self, catalog: str = "", run: str = "", status: str = "", step: str = "") -> None:
        doing = f"{status} ({step})" if step else status
        super().__init__(
            f"“{catalog}” is being trained already: {run} is {doing}. Wait until it ends, or cancel it in the admin "
            "under Training runs."
            if run
            else ""
        )
