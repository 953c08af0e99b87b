"""Questions → answers, by the code that answers requests, in a world of arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.fusion_inputs import FusionInputs, fusion_inputs, person_vector
from recommender.plugins.training import FusionExamples, SpaceModel
from recommender.plugins.types import Floats, History, Query, Vectors
from recommender.selectors.source import reading
from recommender.serving.assembly import Assembly
from recommender.serving.pipeline import Run
from recommender.serving.placements import in_force
from recommender.serving.profiles import Person, Reads, Sight, TextSpace, TrainedSpace, current
from recommender.serving.trace import Trace
from recommender.training.cold_starts import CLICKED, Question
from recommender.training.metrics import SEGMENTS, Judged, judge
from recommender.training.worlds import World

DEPTH = 20
TAUGHT = (*SEGMENTS, CLICKED)
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Asked:
    """A question on its way through a pipeline."""

    question: Question
    sight: Sight
    query: Query
    run: Run


def reads(world: World, plan: Assembly) -> Reads:
    """What the profiles of a pipeline are made of in this world."""
    infos = {info.key: info for info in world.spaces}
    texts = [
        TextSpace(infos[slug], slug, partial(_sentence, world, slug)) for slug, _ in plan.encoders if slug in infos
    ]
    spaces = world.trained_spaces
    models = [one for one in plan.rankers if isinstance(one.plugin, SpaceModel) and one.slug in spaces]
    tables = {slug: measures for slug, measures in plan.tables.items() if slug in world.trained}
    return Reads(texts, [TrainedSpace(spaces[one.slug], one.plugin) for one in models], tables, world.version)


def _sentence(world: World, key: str, text: str) -> Floats:
    return world.sentences[key, text]


def ask(world: World, plan: Assembly, questions: Sequence[Question], tell: Tell | None = None) -> Iterator[Asked]:
    """Each question with the person's profile, ready to be scored. Keep the world open with `reading(world)`."""
    known = reads(world, plan)
    new = world.shelf.item_ids[world.offered & (world.people == 0)]
    among = tuple(new.tolist())
    for place, question in enumerate(questions):
        if tell is not None and place % 50 == 0:
            tell(place, len(questions))
        person = _person(world, question)
        run = Run(replace(plan, rules=in_force(plan.rules, person, world.shelf.now)), Trace(budget_ms=inf))
        query = Query(
            catalog_id=world.shelf.catalog_id,
            limit=DEPTH,
            now=world.shelf.now,
            excluded=tuple(world.shelf.item_ids[question.excluded].tolist()),
            among=among if question.among_new else None,
            pinned=() if question.shown is None else tuple(world.shelf.item_ids[question.shown].tolist()),
            figures_version=world.version,
        )
        yield Asked(question, current(person, known, query, run.trace), query, run)


def _person(world: World, question: Question) -> Person:
    rows = question.history
    return Person(question.text, History(world.shelf.item_ids[rows], question.weights, ("",) * len(rows)))


def judged(world: World, plan: Assembly, questions: Sequence[Question], tell: Tell | None = None) -> Judged:
    """How good the pipeline's lists are in this world, rules and all."""
    lists = np.full((len(questions), DEPTH), -1, dtype=np.int64)
    with reading(world):
        for place, one in enumerate(ask(world, plan, questions, tell)):
            rows = world.shelf.rows(one.run.slate(one.sight, one.query).item_ids)
            lists[place, : len(rows)] = rows
    return judge_lists(lists, questions)


def popular(world: World, questions: Sequence[Question]) -> Judged:
    """The same for the list that everybody gets: the most popular items, ties in random order."""
    rng = np.random.default_rng(0)
    order = np.lexsort((rng.random(len(world.people)), -world.people))
    offered, new = world.offered[order], (world.people == 0)[order]
    lists = np.full((len(questions), DEPTH), -1, dtype=np.int64)
    for place, question in enumerate(questions):
        allowed = offered & ~np.isin(order, question.excluded)
        rows = order[allowed & new if question.among_new else allowed][:DEPTH]
        lists[place, : len(rows)] = rows
    return judge_lists(lists, questions)


def judge_lists(lists: NDArray[np.int64], questions: Sequence[Question]) -> Judged:
    """Lists (q, 20) of item rows against the right answers."""
    segments = np.array([SEGMENTS.index(one.segment) for one in questions])
    people = np.array([one.person for one in questions])
    return judge(lists, [one.relevant for one in questions], segments, people)


def examples(
    world: World, plan: Assembly, questions: Sequence[Question], kinds: tuple[str, ...], tell: Tell | None = None
) -> FusionExamples:
    """What a fusion learns from: every question's scored candidates, standardised, with what turned out right."""
    made: list[FusionInputs] = []
    rows, labels, persons, weights = [], [], [], []
    kept: list[Question] = []
    with reading(world):
        for one in ask(world, plan, questions, tell):
            candidates = one.run.scored(one.sight, one.query)
            if not len(candidates):
                continue
            inputs = fusion_inputs(one.sight.profile, candidates, tuple(candidates.columns))
            own = world.shelf.rows(candidates.item_ids)
            seen = _seen(own, one.question)
            if not len(seen):
                continue
            made.append(_halved(inputs, seen))
            rows.append(own[seen])
            labels.append(_labels(rows[-1], one.question, len(kinds)))
            weights.append(_weights(rows[-1], labels[-1], one.question))
            persons.append(person_vector(one.sight.profile))
            kept.append(one.question)
    return _stacked(world, made, rows, labels, weights, persons, kept, kinds)


def _seen(rows: NDArray[np.int64], question: Question) -> NDArray[np.int64]:
    """Which candidates teach: all of a simulated question, of a recorded answer those that were shown."""
    return np.arange(len(rows)) if question.shown is None else np.flatnonzero(np.isin(rows, question.shown))


def _halved(inputs: FusionInputs, seen: NDArray[np.int64]) -> FusionInputs:
    """These rows in half precision: thousands of questions times hundreds of candidates times dozens of columns."""
    return FusionInputs(
        inputs.columns,
        inputs.z.T[seen].astype(np.float16),
        inputs.places.T[seen].astype(np.float16),
        inputs.is_new[seen],
        inputs.ln_people[seen],
        inputs.events,
        inputs.has_text,
    )


def _weights(rows: NDArray[np.int64], labels: Floats, question: Question) -> Floats:
    """1 for every row; of a recorded answer a chosen one's inverse propensity."""
    weights = np.ones(len(rows), dtype=np.float32)
    if question.shown is not None and question.examined is not None:
        order = np.argsort(question.shown)
        place = order[np.searchsorted(question.shown[order], rows)]
        weights = np.where(labels.any(axis=1), 1.0 / question.examined[place], 1.0).astype(np.float32)
    return weights


def _labels(rows: NDArray[np.int64], question: Question, kinds: int) -> Floats:
    labels = np.zeros((len(rows), kinds), dtype=np.float32)
    order = np.argsort(question.relevant)
    right, of = question.relevant[order], question.kinds[order]
    place = np.minimum(np.searchsorted(right, rows), len(right) - 1)
    hit = right[place] == rows
    labels[hit, of[place[hit]]] = 1.0
    return labels


def _stacked(
    world: World,
    made: list[FusionInputs],
    rows: list[NDArray[np.int64]],
    labels: list[Floats],
    weights: list[Floats],
    persons: list[Floats | None],
    questions: list[Question],
    kinds: tuple[str, ...],
) -> FusionExamples:
    dimension = world.spaces[0].dimension if world.spaces else 0
    nobody = np.zeros(dimension, dtype=np.float32)
    empty = np.zeros((len(world.people), 0), dtype=np.float32)
    vectors: Vectors = world.shelf.whitened[world.spaces[0].key] if world.spaces else empty
    return FusionExamples(
        columns=made[0].columns,
        starts=np.concatenate([[0], np.cumsum([len(one) for one in rows])]).astype(np.int64),
        z=np.concatenate([one.z for one in made]),
        places=np.concatenate([one.places for one in made]),
        is_new=np.concatenate([one.is_new for one in made]),
        ln_people=np.concatenate([one.ln_people for one in made]),
        events=np.array([one.events for one in made], dtype=np.float32),
        has_text=np.array([one.has_text for one in made], dtype=np.float32),
        labels=np.concatenate(labels),
        kinds=kinds,
        relevant=np.array([len(one.relevant) for one in questions], dtype=np.float32),
        segments=np.array([TAUGHT.index(one.segment) for one in questions], dtype=np.int8),
        segment_names=TAUGHT,
        item_rows=np.concatenate(rows),
        item_vectors=vectors,
        persons=np.stack([nobody if one is None else one for one in persons]),
        weights=np.concatenate(weights),
    )


def joined(parts: Sequence[FusionExamples]) -> FusionExamples:
    """Examples of several worlds of one catalog as one table."""
    first = parts[0]
    assert all(part.columns == first.columns for part in parts), "a source was left out of some worlds"
    offsets = np.cumsum([0, *(len(part.item_rows) for part in parts)])

    def together(name: str) -> NDArray[np.generic]:
        return np.concatenate([getattr(part, name) for part in parts])

    columns = ("z", "places", "is_new", "ln_people", "events", "has_text", "labels", "relevant", "segments")
    arrays = {name: together(name) for name in (*columns, "item_rows", "persons", "weights")}
    starts = [part.starts[:-1] + offset for part, offset in zip(parts, offsets[:-1], strict=True)]
    return FusionExamples(
        columns=first.columns,
        starts=np.concatenate([*starts, offsets[-1:]]).astype(np.int64),
        kinds=first.kinds,
        segment_names=first.segment_names,
        item_vectors=first.item_vectors,
        **arrays,  # type: ignore[arg-type]
    )
