"""A scorecard holds every figure, is plain JSON, and can be compared with another, of the same questions or not."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from recommender.training.metrics import SEGMENTS, compare
from recommender.training.off_policy import estimate
from recommender.training.scorecard import Facts, against, assemble, segments_of, systems_of
from recommender.training.scorecard_text import text
from tests.recommender.training import cards
from tests.recommender.training.logs import planted


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    return cards.figures()


def test_every_figure_is_there_and_is_json(figures: dict[str, Any]) -> None:
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    assert list(figures["systems"]) == ["default", "popularity", "untrained"]
    ours = figures["systems"]["default"]
    assert segments_of(figures) == list(SEGMENTS)
    for segment in (*SEGMENTS, "total"):
        for measure in ("ndcg", "recall", "mrr"):
            low, high = ours["segments"][segment][measure]["interval"]
            assert low <= ours["segments"][segment][measure]["mean"] <= high
    assert 0 < ours["shows"]["coverage"] <= 1
    assert figures["systems"]["popularity"]["shows"]["coverage"] == pytest.approx(20 / cards.ITEMS)
    assert figures["systems"]["popularity"]["shows"]["new_items"] == 0
    assert figures["calibration"]["click"]["ece"] == pytest.approx(0.01, abs=0.01)
    assert set(figures["gaps"]["region"]["groups"]) == {"north", "south", "west"}
    assert figures["stock"] == {"items": 800, "new": 120, "popularity": pytest.approx(8.5, abs=1.5)}
    assert figures["seconds"] == [["learning", 71.5], ["an answer", 0.0142]]


def test_the_comparisons_are_those_of_the_answers(figures: dict[str, Any]) -> None:
    direct = compare(cards.answers("default"), cards.answers("popularity"))
    row = figures["comparisons"]["popularity"]["total"]
    assert (row["ours"], row["word"]) == (pytest.approx(direct.total.ours), "win")
    assert row["interval"] == pytest.approx(list(direct.total.interval))
    assert figures["systems"]["default"]["segments"]["total"]["ndcg"]["mean"] == pytest.approx(row["ours"])


def test_no_code_of_a_person_is_kept() -> None:
    def ask(system: str) -> Any:
        answers = cards.answers(system, 30)
        return type(answers)(**{**vars(answers), "person": answers.person + 1_000_000})

    stock = cards.facts(30).stock
    kept = assemble(ask, "default", Facts(stock))["questions"]
    assert sorted(set(kept["person"])) == list(range(30))


def test_two_scorecards_of_the_same_questions_are_paired(figures: dict[str, Any]) -> None:
    rows, same = against(figures, cards.figures("mail"))
    assert same
    assert rows["new_items"]["word"] == "win"
    assert rows["shot2"]["word"] == "even"
    direct = compare(cards.answers("default"), cards.answers("mail"))
    assert rows["total"]["difference"] == pytest.approx(direct.total.difference, abs=1e-4)


def test_two_scorecards_of_other_questions_are_not(figures: dict[str, Any]) -> None:
    rows, same = against(figures, cards.figures("default", draw=1))
    paired, _ = against(figures, cards.figures("mail"))
    assert not same
    assert np.ptp(rows["total"]["interval"]) > 1.5 * np.ptp(paired["total"]["interval"])
    assert rows["total"]["word"] == "even"


def test_another_pipeline_can_stand_beside_it() -> None:
    steps: list[str] = []
    told = cards.figures(others=("mail",), tell=lambda step, done, total: steps.append(f"{step} {done}/{total}"))
    assert set(told["comparisons"]) == {"popularity", "untrained", "mail"}
    assert steps == [
        "asking Default 0/5",
        "asking Popularity 1/5",
        "asking Default, untrained 2/5",
        "asking Mail 3/5",
        "comparing 4/5",
    ]


def test_the_order_outlives_a_database_that_sorts_keys(figures: dict[str, Any]) -> None:
    stored = json.loads(json.dumps(figures, sort_keys=True))
    assert [one["title"] for one in systems_of(stored)] == ["Default", "Popularity", "Default, untrained"]
    assert text(stored) == text(figures)


def test_the_text_shows_the_figures(figures: dict[str, Any]) -> None:
    told = text(figures)
    total = figures["systems"]["default"]["segments"]["total"]["ndcg"]
    assert f"{total['mean']:.4f} ({total['interval'][0]:.4f}–{total['interval'][1]:.4f})" in told
    row = next(line for line in told.splitlines() if line.startswith("new_items"))
    assert row.count("+") == 2
    for word in ("Recall@20", "MRR", "ECE", "region: NDCG@20 lies", "an answer 14.2 ms", "new items shown"):
        assert word in told


def test_the_text_says_what_recorded_clicks_tell(figures: dict[str, Any]) -> None:
    assert "from recorded clicks: 3 clicks, 200 are needed." in text(
        {**figures, "clicks": {"missing": "3 clicks, 200 are needed."}}
    )
    plant = planted(2_000)
    told = text({**figures, "clicks": estimate(plant.log, plant.target).figures()})
    for word in ("clicks on 2,000 answers, 100% of the lists covered", "SNIPS 1.", "against recorded: win"):
        assert word in told
