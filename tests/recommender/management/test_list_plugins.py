from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from recommender import __version__
from recommender.management.commands import list_plugins
from recommender.plugins.registry import Installed, installed


def lines() -> list[str]:
    out = StringIO()
    call_command("list_plugins", stdout=out)
    return out.getvalue().splitlines()


def test_every_plugin_has_a_line_without_a_database() -> None:
    heading, *rows = lines()
    assert [row.split()[:2] for row in rows] == [[entry.kind, entry.name] for entry in installed().values()]
    assert f"recplatform {__version__}" in rows[0]
    starts = {row.index("recplatform ") for row in rows if "recplatform " in row}
    assert starts == {heading.index("VERSION")}, "columns are aligned"


def test_a_problem_stays_on_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Installed("rule", "strange", "strange:Rule", "strange", "0.3", None, "first line\n  second line")
    monkeypatch.setattr(list_plugins, "installed", lambda: {("rule", "strange"): broken})
    assert [line.split("  ") for line in lines()][1] == ["rule", "strange", "strange 0.3", "first line second line"]
