"""Contenders on trial: fits are shared, nothing that judges was learned from, too little leaves a plugin as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.models import Pipeline
from recommender.plugins.training import Learned, TooLittleDataError, Training, TrainingData
from recommender.rankers.few_shot import FewShotRanker
from recommender.rankers.item_neighbours import ItemNeighboursRanker
from recommender.selectors.state import state
from recommender.services.learned_pipeline import learned_pipeline
from recommender.services.revisions import publish
from recommender.serving.assembly import Specification, specifications
from recommender.training import contest as module
from recommender.training.contest import Contender, Contest, Fitted, stages_of, untrained
from recommender.training.snapshots import read_snapshot
from tests.learning import make_learning_world

pytestmark = pytest.mark.django_db
FEW = 40
"""Questions per segment."""


@pytest.fixture
def pipeline() -> Pipeline:
    """A small pipeline that learns: two trainable rankers and the learned fusion."""
    pipeline = learned_pipeline(make_learning_world(people=60).catalog)
    slow = ("collaborative", "sentence-map", "text-map", "near-few-shot", "near-collaborative")
    pipeline.stages.filter(configuration__slug__in=slow).delete()
    publish(pipeline)
    return pipeline


@pytest.fixture
def stages(pipeline: Pipeline) -> Sequence[Specification]:
    """Its stages."""
    return specifications(pipeline.pk)


@pytest.fixture
def contest(pipeline: Pipeline, stages: Sequence[Specification]) -> Contest:
    """A contest in its catalog."""
    plan = Contender("learned", stages).plan()
    snapshot = read_snapshot(pipeline.catalog, state(pipeline.catalog_id, pipeline.slug), plan.encoders)
    return Contest(snapshot, Training(), gate_questions=FEW, inner_questions=FEW, whole_questions=FEW)


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The slugs of the rankers that are fitted, one after another."""
    told: list[str] = []

    def watch(ranker: type[Any]) -> None:
        fit = ranker.fit

        def watched(self: Any, data: TrainingData, training: Training) -> Learned:
            told.append(self.slug)
            learned: Learned = fit(self, data, training)
            return learned

        monkeypatch.setattr(ranker, "fit", watched)

    watch(FewShotRanker)
    watch(ItemNeighboursRanker)
    return told


def other_settings(stages: Sequence[Specification], slug: str, **settings: Any) -> list[Specification]:
    """The stages with other settings of one configuration."""
    return [replace(one, settings=settings) if one.slug == slug else one for one in stages]


def test_what_one_contender_fitted_serves_the_other(
    contest: Contest, stages: Sequence[Specification], fits: list[str]
) -> None:
    first, second = Contender("first", stages), Contender("second", other_settings(stages, "learned-linear", decay=0.5))
    data = contest.gate.data
    ours, theirs = contest.fit(first, data, 0), contest.fit(second, data, 0)
    assert sorted(fits) == ["few-shot", "item-neighbours"]
    assert ours.skipped == theirs.skipped == {}
    for slug, learned in ours.learned.items():
        assert theirs.learned[slug] is learned
    contest.fit(first, data, 1)
    assert len(fits) == 4

    changed = Contender("third", other_settings(stages, "few-shot", dimension=16))
    again = contest.fit(changed, data, 0)
    assert fits[4:] == ["few-shot"]
    assert again.learned["item-neighbours"] is ours.learned["item-neighbours"]
    made = again.learned["few-shot"].vectors
    assert made is not None
    assert made.shape == (data.size, 17)  # an item's own appeal comes last


def test_nothing_that_judges_is_learned_from(contest: Contest) -> None:
    whole, gate = contest.snapshot.data, contest.gate
    lost = np.flatnonzero(whole.known & ~gate.data.known)
    unseen = {one.person for one in gate.questions if one.segment in ("text0", "shot1")}
    later = {(one.person, int(row)) for one in gate.questions for row in one.relevant}
    assert len(unseen) > 5
    assert len(lost) > 5
    assert len(contest.inner) == contest.cuts
    for cut in [gate, *contest.inner]:
        assert not np.isin(cut.data.items, lost).any()
        person = np.repeat(np.arange(cut.data.people), np.diff(cut.data.starts))
        assert not unseen & set(person.tolist())
        assert not later & set(zip(person.tolist(), cut.data.items.tolist(), strict=True))
        assert not unseen & set(cut.data.sentences.people.tolist())
    for cut in contest.inner:
        assert not unseen & {one.person for one in cut.questions}
        assert not later & {(one.person, int(row)) for one in cut.questions for row in one.relevant}
        assert not cut.inside[~gate.inside].any()


def test_a_sentence_to_learn_from_has_a_vector_of_its_own(contest: Contest) -> None:
    for cut in (contest.gate, *contest.inner):
        sentences = cut.data.sentences
        assert sentences.vectors.shape == (len(sentences), 64)
        np.testing.assert_allclose(np.linalg.norm(sentences.vectors, axis=1), 1, atol=1e-2)
    texts = {one.text for one in contest.gate.questions if one.text}
    key = contest.snapshot.shelf.spaces[0].key
    assert texts
    assert {(key, text) for text in texts} <= set(contest.snapshot.sentences)


def test_a_small_catalog_has_more_inner_cuts(contest: Contest, monkeypatch: pytest.MonkeyPatch) -> None:
    assert contest.cuts == module.MOST_CUTS
    monkeypatch.setattr(module, "LOST_ITEMS", 1)
    assert contest.cuts == module.FEWEST_CUTS
    assert len(contest.inner) == 2
    assert contest.inner[0].data is not contest.inner[1].data
    assert {len(one.questions) for one in contest.inner} != {0}


def test_a_world_knows_no_more_than_its_cut(contest: Contest, stages: Sequence[Specification]) -> None:
    contender = Contender("learned", stages)
    cut = contest.gate
    world = contest.world(contest.fit(contender, cut.data, 0), cut)
    np.testing.assert_array_equal(world.people > 0, cut.data.known)
    unknown = set(cut.data.item_ids[~cut.data.known].tolist())
    assert not unknown & set(world.neighbours)
    assert not unknown & set(world.trained["item-neighbours"].packed)
    assert set(world.trained_spaces) == {"few-shot"}


def test_the_contenders_answer_the_same_questions(contest: Contest, stages: Sequence[Specification]) -> None:
    ours, fitted, _ = contest.judged(Contender("ours", stages), [])
    theirs, plain, _ = contest.judged(untrained(stages), contest.examples(untrained(stages)))
    np.testing.assert_array_equal(ours.segment, theirs.segment)
    np.testing.assert_array_equal(ours.person, theirs.person)
    assert fitted.skipped == {"learned-linear": "learned-linear has no questions to learn from."}
    assert (plain.learned, plain.skipped) == ({}, {})


def test_what_goes_live_learns_from_cuts_of_everything_and_the_gates(
    contest: Contest, stages: Sequence[Specification]
) -> None:
    assert len(contest.whole) == contest.cuts - 1
    asked = {one.person for cut in contest.whole for one in cut.questions}
    assert asked & {one.person for one in contest.gate.questions}
    known = np.logical_or.reduce([cut.data.known for cut in contest.whole])
    assert (known & ~contest.gate.data.known).any()
    made = contest.whole_examples(Contender("ours", stages))
    assert len(made) == contest.cuts
    examples = made[0]
    assert examples.questions == len(contest.gate.questions)
    assert {"few-shot.few", "similarity.cos"} <= set(examples.columns)
    assert examples.labels.sum(axis=1).max() == 1
    found = np.bincount(examples.question, weights=examples.positive, minlength=examples.questions)
    assert (found <= examples.relevant).all()
    assert found.sum() > 0.5 * examples.relevant.sum()


def test_what_has_too_little_to_learn_from_says_so_and_stays(
    contest: Contest, stages: Sequence[Specification], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: FewShotRanker, data: TrainingData, training: Training) -> Learned:
        raise TooLittleDataError("It needs 50 people.")

    monkeypatch.setattr(FewShotRanker, "fit", refuse)
    fitted: Fitted = contest.fit(Contender("learned", stages), contest.gate.data, 0)
    assert fitted.skipped == {"few-shot": "It needs 50 people."}
    assert set(fitted.learned) == {"item-neighbours"}
    world = contest.world(fitted, contest.gate)
    assert world.trained_spaces == {}


def test_a_version_s_stages_are_found_again(stages: Sequence[Specification]) -> None:
    fingerprint = Contender("learned", stages).fingerprint
    again = stages_of(fingerprint, stages)
    assert Contender("again", again).fingerprint == fingerprint
    encoders = [[one.configuration_id for one in each if one.kind == "encoder"] for each in (stages, again)]
    assert encoders[0] == encoders[1] != [0]
    assert stages_of(fingerprint, [])[0].configuration_id == 0


def test_the_untrained_default_reads_the_same_texts(stages: Sequence[Specification]) -> None:
    plan = untrained(stages).plan()
    assert plan.encoders == Contender("learned", stages).plan().encoders
    assert plan.fusion.slug == "linear"
    assert plan.tables == {}
