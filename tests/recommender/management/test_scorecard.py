"""`manage.py scorecard`: prints the table, writes the figures, and says what is wrong."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from catalog.models import Catalog
from recommender.models import ModelVersion, Pipeline, Scorecard
from recommender.plugins.training import Tell, TooLittleDataError
from recommender.services import scorecards
from recommender.training.scorecard import Exam
from tests.recommender.training import cards

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pipeline() -> Pipeline:
    catalog = Catalog.objects.create(slug="shop", name="Shop")
    Pipeline.objects.create(catalog=catalog, slug="mail", title="Mail")
    return Pipeline.objects.create(catalog=catalog, slug="default", title="Default", is_default=True)


@pytest.fixture
def _answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers as they were measured on a shop, without fitting anything."""

    def exam(scorecard: Scorecard, tell: Tell) -> Exam:
        return Exam(lambda system: cards.answers(system, 40), cards.facts(40))

    monkeypatch.setattr(scorecards, "prepared", exam)


def run(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("scorecard", "--catalog", "shop", *arguments, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


@pytest.mark.usefixtures("_answers")
def test_it_prints_the_table_and_writes_the_figures(tmp_path: Path) -> None:
    told = run("--compare", "mail", "--json", str(tmp_path / "figures.json"))
    for word in ("NDCG@20", "Popularity", "Default, untrained", "Mail", "new_items", "against Popularity"):
        assert word in told
    made = Scorecard.objects.get()
    assert json.loads((tmp_path / "figures.json").read_text("utf-8")) == made.figures
    assert f"scorecard {made.pk}" in told


@pytest.mark.usefixtures("_answers")
def test_a_model_version_is_named_by_its_number(pipeline: Pipeline) -> None:
    version = ModelVersion.objects.create(catalog=pipeline.catalog, pipeline=pipeline, number=3)
    run("--model-version", "3")
    assert Scorecard.objects.get().model_version == version
    with pytest.raises(CommandError, match=r"no model version 4\. Versions: 3"):
        run("--model-version", "4")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--catalog", "gone"), "no catalog 'gone'. Catalogs: shop"),
        (("--pipeline", "gone"), "no pipeline 'gone'.*Pipelines: default, mail"),
        (("--compare", "gone"), "no pipeline 'gone'"),
    ],
)
def test_what_is_not_there_is_named(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*arguments)
    assert not Scorecard.objects.exists()


def test_too_little_to_measure_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(scorecard: Scorecard, tell: Tell) -> Exam:
        raise TooLittleDataError("There are no events to hold out.")

    monkeypatch.setattr(scorecards, "prepared", nothing)
    with pytest.raises(CommandError, match="no events to hold out"):
        run()
    assert Scorecard.objects.get().status == "failed"
