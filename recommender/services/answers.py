"""Make an answer: resolve what the request names, run the pipeline, record, and say what the list rests on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from recommender.models import Space
from recommender.plugins.training import SpaceModel
from recommender.plugins.types import Floats, Profile, Query, Slate, SpaceInfo, new_recommendation_id
from recommender.schemas import Basis, ItemList, Recommendations, RecommendedItem, RecommendRequest
from recommender.selectors.state import State, space_info, state
from recommender.services.encoding import sentence_vectors
from recommender.serving import explain
from recommender.serving.assembly import Assembly, assembly
from recommender.serving.assignment import NO_EXPERIMENT, Assigned, assigned
from recommender.serving.pipeline import Run
from recommender.serving.placements import Placed, in_force, placed
from recommender.serving.profiles import Reads, Sight, TextSpace, TrainedSpace, current
from recommender.serving.recording import record
from recommender.serving.requests import Resolved, resolve
from recommender.serving.trace import Trace


@dataclass(frozen=True)
class Answer:
    """A finished slate with everything that led to it."""

    id: uuid.UUID
    state: State
    query: Query
    profile: Profile
    slate: Slate
    trace: Trace
    missing: tuple[str, ...]
    muted: tuple[str, ...] = ()
    arm: Assigned = NO_EXPERIMENT


@dataclass(frozen=True)
class Prepared:
    """What an answer rests on before anything is retrieved: who asks for what, where, and the pipeline at work."""

    state: State
    place: Placed
    resolved: Resolved
    run: Run
    query: Query
    sight: Sight
    arm: Assigned = NO_EXPERIMENT


def recommend(catalog_id: int, request: RecommendRequest) -> Recommendations:
    """Answer one request of `recommendations/`, and record the answer."""
    answer = make_answer(catalog_id, request)
    told = Recommendations.model_construct(
        **dict(listed(answer, request)),
        recommendation_id=answer.id,
        pipeline=answer.state.pipeline_slug,
        placement=answer.state.placement_slug,
        experiment=answer.arm.experiment,
        arm=answer.arm.arm,
        timings=None,
    )
    if request.explain:
        told.timings = {name: round(ms, 3) for name, ms in answer.trace.timings.items()}
    # Who asked stands in the row's own column, if anywhere: an erased person must not be named in a request.
    asked = request.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"profile_id"})
    record(answer.id, asked, answer.state, answer.profile, answer.query, answer.slate, answer.trace, answer.arm)
    return told


def make_answer(
    catalog_id: int,
    request: RecommendRequest,
    plan: Assembly | None = None,
    place: Placed | None = None,
    *,
    shows_consumed: bool = False,
) -> Answer:
    """The slate of a request, neither told nor recorded: by what is published, or by the stages or placement given."""
    return answered(prepared(catalog_id, request, plan, place, shows_consumed=shows_consumed))


def prepared(
    catalog_id: int,
    request: RecommendRequest,
    plan: Assembly | None = None,
    place: Placed | None = None,
    *,
    shows_consumed: bool = False,
) -> Prepared:
    """Everything up to retrieval: placement, pipeline, who asks, which rules hold, what is eligible, P."""
    arm = NO_EXPERIMENT
    if place is None:
        arm = assigned(catalog_id, request) if plan is None else NO_EXPERIMENT
        now_state = state(catalog_id, request.pipeline or arm.pipeline, request.placement)
        place = placed(now_state)
    else:  # it may not be published: its pipeline is asked for by name
        now_state = state(catalog_id, request.pipeline or place.pipeline)
    request = place.completed(request)
    plan = plan or assembly(now_state)
    trace = Trace(budget_ms=plan.budget_ms)
    for slug, problem in {**plan.problems, **place.problems}.items():
        trace.leave_out(slug, problem)
    with trace.stage("profile"):
        resolved = resolve(now_state, request, shows_consumed=shows_consumed)
        rules = in_force([*plan.rules, *place.rules], resolved.person, resolved.query.now, arm.key)
        run = Run(replace(plan, rules=rules), trace)
        query = run.restricted(resolved.query)
        sight = current(resolved.person, reads(now_state, plan), query, trace)
    return Prepared(now_state, place, resolved, run, query, sight, arm)


def answered(ready: Prepared) -> Answer:
    """The slate of what was prepared."""
    run, query, sight, resolved = ready.run, ready.query, ready.sight, ready.resolved
    slate = run.slate(sight, query)
    if query.included and not len(slate):
        run.trace.leave_out(
            "include-only", "nothing that may be shown is in what rules insist on: they were passed over"
        )
        query = replace(query, included=())
        slate = run.slate(sight, query)
    return Answer(
        new_recommendation_id(),
        ready.state,
        query,
        sight.profile,
        slate,
        run.trace,
        resolved.missing,
        resolved.muted,
        ready.arm,
    )


def reads(now_state: State, plan: Assembly) -> Reads:
    """What the profiles of a pipeline are made of, as it stands now."""
    texts = [
        TextSpace(info, space.plugin, partial(_sentence_vector, space)) for info, space in read_spaces(now_state, plan)
    ]
    own = {space.configuration_id: space for space in now_state.trained}
    trained = [
        TrainedSpace(space_info(own[ranker.configuration_id], ranker.slug), ranker.plugin)
        for ranker in plan.rankers
        if isinstance(ranker.plugin, SpaceModel) and ranker.configuration_id in own
    ]
    tables = plan.tables if now_state.model_version_id else {}
    return Reads(texts, trained, tables, now_state.model_version_id)


def _sentence_vector(space: Space, text: str) -> Floats:
    return np.asarray(sentence_vectors(space, [text])[0], dtype=np.float32)


def read_spaces(now_state: State, plan: Assembly) -> list[tuple[SpaceInfo, Space]]:
    """The live space of each encoder in the pipeline; while an encoder's own is being built, the newest other one."""
    live = now_state.spaces
    found = []
    for slug, configuration_id in plan.encoders:
        own = next((space for space in live if space.configuration_id == configuration_id), None)
        space = own or next(iter(live), None)
        if space is not None:
            found.append((space_info(space, slug), space))
    return found


def listed(answer: Answer, request: RecommendRequest) -> ItemList:
    """The list as the API shows it."""
    slate, profile = answer.slate, answer.profile
    language = explain.language_of(profile.text, request.language)
    with answer.trace.stage("explain"):
        evidence = explain.gather(profile, answer.query, slate)
        items = [_item(evidence, place, language, request.explain) for place in range(len(slate))]
    return ItemList.model_construct(
        basis=basis(profile, answer.missing, answer.muted),
        items=items,
        degraded=answer.trace.degraded,
        left_out=answer.trace.left_out,
    )


def _item(evidence: explain.Evidence, place: int, language: str, explained: bool) -> RecommendedItem:
    external_id, title = evidence.titles[int(evidence.slate.item_ids[place])]
    return RecommendedItem.model_construct(
        item_id=external_id,
        title=title,
        rank=place + 1,
        score=float(evidence.slate.scores[place]),
        reasons=explain.reasons(evidence, place, language),
        explanation=explain.explanation(evidence, place, language) if explained else None,
    )


def basis(profile: Profile, missing: Sequence[str], muted: Sequence[str] = ()) -> Basis:
    """What a list rests on."""
    lacking = list(missing)
    if profile.has_text and profile.spaces and all(space.sentence is None for space in profile.spaces.values()):
        lacking.append("the sentence could not be encoded: only its words were matched")
    if profile.has_text and not profile.spaces:
        lacking.append("the catalog has no live vector space yet: only the sentence's words were matched")
    return Basis(
        sentence=profile.has_text,
        events=profile.events,
        popular=profile.is_empty,
        missing=lacking,
        muted=list(muted),
    )
