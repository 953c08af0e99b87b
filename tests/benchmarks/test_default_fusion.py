"""The shipped weights can be made again: of several catalogs, from zero, pruned, in the format of the file."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.default_fusion import examples, fit
from benchmarks.default_fusion.__main__ import arguments, table
from benchmarks.default_fusion.examples import COLUMNS, Folder
from recommender.fusion_strategies.context_linear import CONTEXTS
from recommender.fusion_strategies.linear_weights import FEATURES
from recommender.plugins.testing.training import examples as planted
from recommender.plugins.training import FusionExamples, Training

WEIGHTS = 12


def questions(seed: int, count: int = 300) -> FusionExamples:
    """The first source is right more often than not, the second half of the time."""
    made = planted(questions=count, rows=20, columns=len(COLUMNS), seed=seed)
    return examples.lean(replace(made, columns=COLUMNS))


@pytest.fixture(scope="module")
def folders() -> list[Folder]:
    return [Folder(name, (questions(seed),), questions(seed + 10)) for seed, name in enumerate(("shop", "films"))]


@pytest.fixture(scope="module")
def model(folders: list[Folder]) -> fit.Model:
    return fit.fitted(examples.together(folders), WEIGHTS, Training(0))


def test_folders_are_one_table_in_which_each_segment_of_each_weighs_the_same(folders: list[Folder]) -> None:
    small = replace(folders[0], learning=(questions(5, count=40),))
    joined = examples.together([small, folders[1]])
    assert joined.questions == 340
    weights = np.bincount(joined.segments, weights=joined.question_weights)
    np.testing.assert_allclose(weights[weights > 0], weights[weights > 0][0], rtol=1e-4)
    assert np.count_nonzero(weights) == 4


def test_columns_are_brought_into_the_order_of_the_file() -> None:
    made = planted(questions=5, rows=4, columns=len(COLUMNS))
    turned = examples.lean(replace(made, columns=COLUMNS[::-1]))
    np.testing.assert_array_equal(turned.z, made.z[:, ::-1])


def test_what_was_planted_is_learned_with_few_weights(model: fit.Model, folders: list[Folder]) -> None:
    assert 0 < model.size <= WEIGHTS
    nothing = replace(model, table=np.zeros_like(model.table))
    for folder in folders:
        assert fit.ndcg(model, folder.held_out)["mean"] > 1.4 * fit.ndcg(nothing, folder.held_out)["mean"]
    first = [FEATURES.index("z:pop"), FEATURES.index("r:pop")]
    assert np.abs(model.table[first]).max() == np.abs(model.table).max()


def test_the_same_seed_gives_the_same_weights(model: fit.Model, folders: list[Folder]) -> None:
    again = fit.fitted(examples.together(folders), WEIGHTS, Training(0))
    np.testing.assert_array_equal(again.table, model.table)


def test_weights_that_move_no_list_are_left_out(model: fit.Model) -> None:
    assert not model.table[FEATURES.index("c:has_text"), 0]
    assert not model.table[FEATURES.index("c:ln_n"), 1 + CONTEXTS.index("n")]


def test_the_file_reads_as_the_shipped_one_does(model: fit.Model) -> None:
    content = fit.as_json(model, "a note")
    assert (tuple(content["features"]), tuple(content["contexts"])) == (FEATURES, CONTEXTS)
    read = np.column_stack([content["w"], content["G"]])
    np.testing.assert_allclose(read, model.table, atol=1e-4)
    assert set(content) == {"note", "features", "contexts", "mean", "scale", "w", "G"}


def test_ndcg_by_hand() -> None:
    one = questions(0, count=2)
    perfect = replace(one, z=np.repeat(one.labels, len(COLUMNS), axis=1))
    table = np.zeros((len(FEATURES), 1 + len(CONTEXTS)))
    table[0, 0] = 1.0
    model = fit.Model(np.zeros(len(FEATURES)), np.ones(len(FEATURES)), table)
    assert fit.ndcg(model, perfect)["mean"] == pytest.approx(1.0)
    more = replace(perfect, relevant=np.full(2, 2.0, dtype=np.float32))
    assert fit.ndcg(model, more)["mean"] == pytest.approx(1.0 / (1.0 + 1.0 / np.log2(3)))


def test_the_shipped_weights_are_judged_the_same_way(folders: list[Folder]) -> None:
    shipped = fit.shipped_model()
    assert 0 < fit.ndcg(shipped, folders[0].held_out)["mean"] < 1
    said = table({"shop": {"text0": 0.2, "mean": 0.2}}, {"shop": {"text0": 0.1, "mean": 0.1}})
    assert "better on 1 of 1 folders: shop" in said


def test_the_command_line_wants_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert arguments(["shop"]).weights == 50
    with pytest.raises(SystemExit):
        arguments([])
    assert "FOLDER" in capsys.readouterr().err
