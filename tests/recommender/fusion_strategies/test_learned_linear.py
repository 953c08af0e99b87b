"""The default fusion, learned: like `linear` before, as much of it learned as the data allows, every share exact."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender.fusion_strategies.context_linear import CONTEXTS, FACTS, PRIORS
from recommender.fusion_strategies.learned_linear import LearnedLinearFusion, LearnedLinearSettings, _started
from recommender.fusion_strategies.linear import LinearFusion, LinearSettings
from recommender.fusion_strategies.linear_weights import SOURCES
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.fusion_inputs import fusion_inputs
from recommender.plugins.testing import FusionStrategyContract
from recommender.plugins.testing.training import examples
from recommender.plugins.testing.values import ben, scored, town
from recommender.plugins.training import FusionExamples, TooLittleDataError, Training, TrainingCancelledError
from recommender.plugins.types import Floats, Profile, Slate
from tests.recommender.fusion_strategies.planted import fused, quality, request

COLUMNS = ("popularity.pop", "freshness.fresh", "similarity.cosw", "sentence-map.score")
"""Two that the shipped weights know, two that they do not."""
ITEMS, ANNA = town()


def planted(questions: int, seed: int = 0) -> FusionExamples:
    """Questions whose first column is the telling one, and it is none that the shipped weights know."""
    made = examples(questions=questions, seed=seed)
    names = (COLUMNS[3], COLUMNS[0], COLUMNS[1], COLUMNS[2])
    people = np.maximum(made.ln_people, np.float32(np.log(2)))
    return replace(made, columns=names, is_new=np.zeros_like(made.is_new), ln_people=people)


QUESTIONS = planted(300)


def trained(questions: FusionExamples = QUESTIONS, seed: int = 0, **settings: float) -> LearnedLinearFusion:
    """The fusion after a training."""
    fusion = made(**settings)
    fusion.fit(questions, Training(seed))
    return fusion


def made(**settings: float) -> LearnedLinearFusion:
    """The fusion before one."""
    return LearnedLinearFusion(LearnedLinearSettings.model_validate(settings), "learned-linear")


@pytest.fixture(scope="module")
def learned() -> LearnedLinearFusion:
    """Trained once."""
    return trained()


def in_order(slate: Slate) -> dict[str, Floats]:
    """The shares in the candidates' order."""
    order = np.argsort(slate.rows)
    return {name: share[order] for name, share in slate.contributions.items()}


class TestLearnedLinear(FusionStrategyContract):
    plugin = LearnedLinearFusion


@pytest.mark.parametrize("person", [ANNA, ben([1, 0, 0, 0]), Profile()], ids=["anna", "ben", "stranger"])
def test_before_training_it_is_the_linear_strategy(person: Profile) -> None:
    candidates = scored(person, ITEMS)
    ours, theirs = made().fuse(person, candidates), LinearFusion(LinearSettings()).fuse(person, candidates)
    np.testing.assert_array_equal(ours.item_ids, theirs.item_ids)
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-6)
    assert set(ours.contributions) == set(theirs.contributions)
    for name, share in theirs.contributions.items():
        np.testing.assert_allclose(ours.contributions[name], share, atol=1e-6)


def test_it_learns_what_the_shipped_weights_do_not_know(learned: LearnedLinearFusion) -> None:
    assert learned.stage == "weights"
    fresh = planted(100, seed=5)
    assert quality(learned, fresh) > quality(made(), fresh) + 0.2
    shares = fused(learned, fresh).contributions
    assert np.abs(shares["sentence-map.score"]).mean() > 3 * np.abs(shares["freshness.fresh"]).mean()


def test_too_few_questions_leave_the_shipped_weights() -> None:
    fusion = made()
    with pytest.raises(TooLittleDataError, match=r"learned-linear keeps the shipped weights: 59 .* 60 are needed"):
        fusion.fit(planted(59), Training())
    assert fusion.stage == "shipped"
    np.testing.assert_array_equal(fused(fusion, QUESTIONS).scores, fused(made(), QUESTIONS).scores)


def test_questions_without_a_right_answer_do_not_count() -> None:
    labels = QUESTIONS.labels.copy()
    labels[QUESTIONS.starts[50] :] = 0
    with pytest.raises(TooLittleDataError, match="50 simulated questions"):
        trained(replace(QUESTIONS, labels=labels))


def test_a_few_questions_correct_the_shipped_weights_and_no_more() -> None:
    """A column that is not shipped stays silent; those of one source move together."""
    fusion = trained(planted(100))
    assert fusion.stage == "multipliers"
    shares, shipped = (in_order(fused(one, QUESTIONS)) for one in (fusion, made()))
    assert not shares["sentence-map.score"].any()
    assert not shares["freshness.fresh"].any()
    for name in ("popularity.pop", "similarity.cosw"):
        there = np.abs(shipped[name]) > 1e-3
        factor = shares[name][there] / shipped[name][there]
        np.testing.assert_allclose(factor, factor[0], rtol=1e-3)
        assert factor[0] > 0
        assert abs(factor[0] - 1) > 1e-3


def test_the_number_of_questions_that_frees_the_weights_is_a_setting() -> None:
    assert trained(planted(40), fewest_questions=20, enough_questions=40).stage == "weights"
    assert trained(planted(39), fewest_questions=20, enough_questions=40).stage == "multipliers"


def test_much_decay_keeps_the_shipped_weights() -> None:
    start = _started(QUESTIONS, 0).table
    firm, free = (np.abs(table(trained(decay=decay)) - start).mean() for decay in (1.0, 0.0))
    assert 0 < firm < free


def table(fusion: LearnedLinearFusion) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Its weights."""
    return fusion._model.table


def test_the_same_seed_gives_the_same_table_and_another_one_does_not(learned: LearnedLinearFusion) -> None:
    np.testing.assert_array_equal(table(learned), table(trained()))
    assert not np.array_equal(table(learned), table(trained(seed=1)))


def test_shares_add_up_exactly(learned: LearnedLinearFusion) -> None:
    for question in (0, 1, 7):
        slate = fused(learned, QUESTIONS, question)
        assert set(slate.contributions) == {*COLUMNS, *PRIORS}
        total = np.sum([share.astype(np.float64) for share in slate.contributions.values()], axis=0)
        np.testing.assert_allclose(total, slate.scores, atol=1e-5)


def test_the_score_is_what_was_trained(learned: LearnedLinearFusion) -> None:
    """In numpy as in torch: the sum over features, contexts and weights, written down for one question."""
    model, rows = learned._model, slice(0, int(QUESTIONS.starts[1]))
    person, candidates = request(QUESTIONS, 0)
    inputs = fusion_inputs(person, candidates, model.columns)
    new, p = QUESTIONS.is_new[rows], QUESTIONS.ln_people[rows] / 3
    one = np.ones_like(p)
    n, told = one * np.log1p(person.events) / 3, one * person.has_text
    x = np.concatenate([inputs.z, inputs.places, np.stack([new, 3 * n, told, 3 * p])]).T
    contexts = np.stack([one, new, n, told, n * new, told * new, p, p * n], axis=1)
    scores = ((x - model.mean) / model.scale * (contexts @ model.table.T)).sum(axis=1)
    slate = fused(learned, QUESTIONS)
    np.testing.assert_allclose(slate.scores, scores[slate.rows], rtol=1e-4, atol=1e-4)


def test_what_was_saved_ranks_the_same(learned: LearnedLinearFusion, tmp_path: Path) -> None:
    learned.save(tmp_path)
    again = made()
    again.load_from(tmp_path)
    assert again.stage == "weights"
    for question in (0, 7):
        before, after = (fused(one, QUESTIONS, question) for one in (learned, again))
        np.testing.assert_array_equal(before.item_ids, after.item_ids)
        np.testing.assert_array_equal(before.scores, after.scores)


@pytest.mark.parametrize(("fact", "names"), [("facts", FACTS), ("contexts", CONTEXTS)])
def test_a_table_over_other_features_is_refused(
    learned: LearnedLinearFusion, tmp_path: Path, fact: str, names: tuple[str, ...]
) -> None:
    learned.save(tmp_path)
    facts = json.loads((tmp_path / "facts.json").read_text("utf-8"))
    (tmp_path / "facts.json").write_text(json.dumps({**facts, fact: list(names[1:])}), "utf-8")
    with pytest.raises(PluginUnavailableError, match="train again"):
        made().load_from(tmp_path)


def test_files_that_are_no_model_are_refused(learned: LearnedLinearFusion, tmp_path: Path) -> None:
    learned.save(tmp_path)
    facts = json.loads((tmp_path / "facts.json").read_text("utf-8"))
    (tmp_path / "facts.json").write_text(json.dumps({**facts, "columns": facts["columns"][1:]}), "utf-8")
    fusion = made()
    with pytest.raises(PluginUnavailableError):
        fusion.load_from(tmp_path)
    with pytest.raises(PluginUnavailableError):
        made().load_from(tmp_path / "nothing-here")
    np.testing.assert_array_equal(fused(fusion, QUESTIONS).scores, fused(made(), QUESTIONS).scores)


def test_newcomers_are_lifted_and_popularity_is_taken_back() -> None:
    candidates = scored(ANNA, ITEMS)
    columns = tuple(SOURCES.values())
    questions = replace(examples(questions=300, columns=len(columns)), columns=columns)
    fusion = trained(questions)
    new = candidates.features.is_new[: len(candidates)]
    assert 0 < new.sum() < len(new)

    def shares(**settings: float) -> dict[str, Floats]:
        corrected = made(**settings)
        corrected._model = fusion._model
        return in_order(corrected.fuse(ANNA, candidates))

    plain, lifted = shares(), shares(newcomers=2.5)
    np.testing.assert_allclose(lifted["is_new"] - plain["is_new"], 2.5 * new, atol=1e-5)
    half, none = shares(popularity=0.5), shares(popularity=0.0)
    assert plain["popularity.pop"].any()
    for name in ("popularity.pop", "popularity_prior"):
        np.testing.assert_allclose(half[name], (plain[name] + none[name]) / 2, atol=1e-5)
    assert not none["popularity.pop"].any()
    changed = {name for name, share in none.items() if not np.allclose(share, plain[name], atol=1e-6)}
    assert changed == {"popularity.pop", "popularity_prior"}


def test_a_column_that_is_missing_counts_as_one_that_cannot_say(learned: LearnedLinearFusion) -> None:
    person, whole = request(QUESTIONS, 0)
    gone = {name: values for name, values in whole.columns.items() if name != COLUMNS[3]}
    silent = {**whole.columns, COLUMNS[3]: np.full(len(whole.features), np.nan, dtype=np.float32)}
    without, nothing = (learned.fuse(person, replace(whole, columns=columns)) for columns in (gone, silent))
    np.testing.assert_array_equal(without.scores, nothing.scores)
    assert COLUMNS[3] not in without.contributions
    assert not nothing.contributions[COLUMNS[3]].any()


def test_a_training_can_be_stopped() -> None:
    def stop(step: str, done: int, total: int) -> None:
        raise TrainingCancelledError

    fusion = made()
    with pytest.raises(TrainingCancelledError):
        fusion.fit(QUESTIONS, Training(tell=stop))
    np.testing.assert_array_equal(fused(fusion, QUESTIONS).scores, fused(made(), QUESTIONS).scores)
