from __future__ import annotations

import pytest
from django.core.checks import Tags, run_checks
from django.core.management import call_command

from catalog.models import Catalog
from recommender import checks
from recommender.models import Configuration, Pipeline, Stage
from recommender.plugins import registry


def told(**options: object) -> list[str]:
    """What the checks of this app say."""
    return [one.msg for one in run_checks(**options) if str(one.id).startswith("recommender.")]  # type: ignore[arg-type]  # its options


def test_plain_check_never_asks_the_database() -> None:
    # Without the mark `django_db` any query fails the test.
    assert told() == []
    call_command("check", "--fail-level", "WARNING")


def test_a_plugin_that_is_left_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = registry.Installed("rule", "strange", "strange:Rule", "strange", "0.3", None, "it is written for later")
    monkeypatch.setattr(checks, "installed", lambda: {("rule", "strange"): broken})
    assert told() == ["The rule 'strange' of strange 0.3 is left out: it is written for later."]


@pytest.mark.django_db
def test_stages_that_cannot_run_are_told_with_database() -> None:
    catalog = Catalog.objects.create(slug="books")
    home = Pipeline.objects.create(catalog=catalog, slug="home")
    for plugin, settings, enabled in (
        ("popularity", {}, True),
        ("lost", {}, True),
        ("freshness", {"half_life_days": -1}, True),
        ("gone", {}, False),
    ):
        made = Configuration.objects.create(
            catalog=catalog, kind="ranker", plugin=plugin, slug=plugin, settings=settings
        )
        Stage.objects.create(pipeline=home, configuration=made, enabled=enabled)
    assert told() == []
    lost, freshness = told(databases=["default"])
    assert lost.startswith("Pipeline 'home' of catalog 'books' runs without 'lost': No ranker 'lost' is installed.")
    assert "half_life_days" in freshness
    assert checks.pipelines(None, databases=["other"]) == []


@pytest.mark.django_db
def test_before_there_are_tables_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stage._meta, "db_table", "not_made_yet")
    assert checks.pipelines(None, databases=["default"]) == []
    assert Tags.database in checks.pipelines.tags
