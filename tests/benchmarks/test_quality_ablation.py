"""What the ablation takes out, and a whole one on a small catalog."""

from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.quality import ablation
from benchmarks.quality.ablation import Questions
from benchmarks.quality.snapshot import read, told_by
from recommender.plugins.registry import installed
from recommender.plugins.testing.training import examples
from recommender.plugins.training import Training, silent
from recommender.serving.assembly import Specification
from tests.worlds import COLOURS, TOPICS, World, make_world

STAGES = [
    Specification("encoder", "hashing", "hashing", {}),
    Specification("retriever", "popular", "popular", {}),
    Specification("retriever", "near", "vector", {"space": "text-map"}),
    Specification("ranker", "popularity", "popularity", {}),
    Specification("ranker", "text-map", "text-map", {}),
    Specification("fusion_strategy", "mine", "learned-linear", {}),
]


def slugs(stages: Sequence[Specification]) -> list[str]:
    return [one.slug for one in stages]


def test_a_source_goes_with_the_retriever_of_its_space() -> None:
    assert slugs(ablation.without_sources(STAGES, ["text-map"])) == ["hashing", "popular", "popularity", "mine"]


def test_every_source_group_of_columns_and_fusion_is_a_variant() -> None:
    found = {one.name: one for one in ablation.variants(STAGES)}
    others = {name for kind, name in installed() if kind == "fusion_strategy"} - {"learned-linear"}
    wanted = {"without text-map", "without columns of popularity", *(f"fusion {name}" for name in others)}
    assert set(found) == wanted
    assert [one.plugin for one in found["fusion linear"].stages][-1] == "linear"
    columns = found["without columns of popularity"]
    assert (columns.shares, "popular" in slugs(columns.stages)) == (True, True)


def test_columns_are_those_of_the_ranker_and_no_other() -> None:
    whole = examples(questions=5, rows=4, columns=3)
    less = ablation.without_columns(whole, ["source-1"])
    assert less.columns == ("source-0.score", "source-2.score")
    np.testing.assert_array_equal(less.z, whole.z[:, [0, 2]])
    assert less.labels is whole.labels


def test_steps_are_said_once() -> None:
    said: list[str] = []
    tell = told_by(said.append)
    for step in ("asking", "asking", "fitting", "asking"):
        tell(step, 0, 1)
    assert said == ["  asking", "  fitting", "  asking"]


@pytest.fixture
def shop(transactional_db: None) -> World:
    """Everybody has a topic and likes four to six of its items."""
    world = make_world()
    rng = np.random.default_rng(0)
    topics = list(TOPICS)
    for number in range(60):
        colours = rng.permutation(COLOURS)[: rng.integers(4, 7)]
        world.does(f"person-{number}", *(f"{topics[number % len(topics)]}-{colour}" for colour in colours))
    return world


def test_a_whole_ablation(shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ("fusion reciprocal-rank", "without columns of lexical-match", "without text-map")
    every = ablation.variants

    def some(stages: ablation.Stages) -> list[ablation.Variant]:
        return [one for one in every(stages) if one.name in kept]

    monkeypatch.setattr(ablation, "variants", some)
    snapshot, stages = read(shop.catalog.slug, silent)
    slow = {"few-shot", "sentence-map", "collaborative", "item-neighbours"}
    rows = ablation.compared(snapshot, ablation.without_sources(stages, list(slow)), Questions(30, 30), Training(0))
    assert [row.name for row in rows] == [ablation.FULL, *(one.name for one in some(stages) if one.name in kept)]
    assert (rows[0].ratio, rows[0].interval) == (1.0, (1.0, 1.0))
    for row in rows:
        assert 0 < row.means["mean"] <= 1
        assert row.interval[0] <= row.ratio <= row.interval[1]
    assert "fusion reciprocal-rank" in ablation.table("shop", rows)
    assert set(rows[1].facts()) == {"variant", "ndcg@20", "ratio", "ci", "seconds", "note"}
