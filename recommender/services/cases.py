"""Saved cases: requests with names, and what becomes of their lists when a draft is published."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import F
from pydantic import ValidationError

from catalog.models import Catalog
from recommender.exceptions import CaseOfNobodyError, RecommenderError
from recommender.models import Pipeline, Placement, Revision, SavedCase
from recommender.schemas import RecommendRequest
from recommender.selectors.state import state
from recommender.services.previews import Difference, Preview, draft_assembly, draft_placement, previewed
from users.models import Profile, User

Subject = Pipeline | Placement


@dataclass(frozen=True)
class CaseChange:
    """A case by what is published and by the draft. `problem` says why there is nothing to compare."""

    case: SavedCase
    published: Preview | None = None
    draft: Preview | None = None
    problem: str = ""

    @property
    def difference(self) -> Difference:
        """From the published list to the draft's; a missing one counts as empty."""
        return Difference(self.published.ids if self.published else [], self.draft.ids if self.draft else [])


def save_case(catalog: Catalog, name: str, request: RecommendRequest, author: User | None = None) -> SavedCase:
    """Keep a request under a name.

    Raises:
        CaseOfNobodyError: it asks for a profile that the catalog does not have.
    """
    profile = None
    if request.profile_id is not None:
        profile = Profile.objects.filter(catalog=catalog, external_id=request.profile_id).first()
        if profile is None:
            raise CaseOfNobodyError(request.profile_id)
    asked = request.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"profile_id", "explain"})
    return SavedCase.objects.create(catalog=catalog, name=name, request=asked, profile=profile, created_by=author)


def request_of(case: SavedCase) -> RecommendRequest:
    """What a case asks. Raises pydantic's ValidationError where the API takes it no more."""
    who = {"profile_id": case.profile.external_id} if case.profile else {}
    return RecommendRequest.model_validate({**case.request, **who})


def concerned(subject: Subject, cases: Iterable[SavedCase]) -> list[SavedCase]:
    """The cases of its catalog that the pipeline or placement answers; a pipeline is asked those that name neither."""
    if isinstance(subject, Placement):
        return [case for case in cases if case.request.get("placement") == subject.slug]
    placed = _pipelines_of_placements(subject.catalog_id)
    return [case for case in cases if _pipeline_of(case, placed, subject) == subject.slug]


def changes(subject: Subject, cases: Iterable[SavedCase]) -> Iterator[CaseChange]:
    """Each case asked twice: as published, and by the draft.

    Raises RecommenderError where the draft cannot run at all.
    """
    drafted = _drafted(subject)
    for case in cases:
        try:
            request = _asked_of(subject, request_of(case))
            now = previewed(subject.catalog_id, request) if subject.version else None
            yield CaseChange(case, now, drafted(request))
        except (RecommenderError, ValidationError) as error:
            yield CaseChange(case, problem=str(error))


def _drafted(subject: Subject) -> Callable[[RecommendRequest], Preview]:
    """Answers by the draft, which is made once for all cases."""
    catalog_id = subject.catalog_id
    if isinstance(subject, Placement):
        place = draft_placement(catalog_id, subject.slug)
        return lambda request: previewed(catalog_id, request, place=place)
    plan = draft_assembly(state(catalog_id, subject.slug))
    return lambda request: previewed(catalog_id, request, plan)


def _asked_of(subject: Subject, request: RecommendRequest) -> RecommendRequest:
    """The request, by this pipeline where it names none; a placement says itself by which."""
    named = isinstance(subject, Placement) or request.placement or request.pipeline
    return request if named else request.model_copy(update={"pipeline": subject.slug})


def _pipeline_of(case: SavedCase, placed: dict[str, str], pipeline: Pipeline) -> str:
    named: str = case.request.get("pipeline") or ""
    if named or "placement" not in case.request:
        return named or pipeline.slug
    through = placed.get(case.request["placement"])
    return pipeline.slug if through == "" and pipeline.is_default else through or ""


def _pipelines_of_placements(catalog_id: int) -> dict[str, str]:
    """Slug of each published placement → slug of its pipeline, empty for the default one."""
    live = Revision.objects.filter(placement__catalog=catalog_id, version=F("placement__version"))
    return dict(live.values_list("placement__slug", "snapshot__pipeline"))
