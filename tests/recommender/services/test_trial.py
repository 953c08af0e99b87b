from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from catalog.models import Catalog
from recommender.models import Configuration
from recommender.plugins import registry
from recommender.plugins.contracts import Encoder, PluginSettings
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.types import Role, Vectors
from recommender.services.trial import try_configuration

pytestmark = pytest.mark.django_db
WITHOUT_MODEL = sorted(key for key in registry.installed() if key[0] != "encoder" or key[1] == "hashing")


def configuration(kind: str, plugin: str, **settings: Any) -> Configuration:
    catalog, _ = Catalog.objects.get_or_create(slug="books")
    return Configuration.objects.create(catalog=catalog, kind=kind, plugin=plugin, slug=plugin, settings=settings)


@pytest.mark.parametrize(("kind", "plugin"), WITHOUT_MODEL)
def test_every_installed_plugin_passes(kind: str, plugin: str) -> None:
    for ranker in ("similarity", "popularity"):
        if (kind, plugin) != ("ranker", ranker):
            configuration("ranker", ranker)
    trial = try_configuration(configuration(kind, plugin))
    assert trial.passed, trial.message


class Broken(Encoder[PluginSettings]):
    """An encoder that does what the test wants."""

    name = "broken"
    title = "Broken"
    summary = "Breaks its contract."
    answer: Any = None

    @property
    def dimension(self) -> int:
        return 3

    def encode(self, texts: list[str], role: Role) -> Vectors:
        if isinstance(self.answer, Exception):
            raise self.answer
        rows: Vectors = np.asarray(self.answer, dtype=np.float32)
        return rows


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ([[1, 0, 0]], "shape (1, 3)"),
        ([[1, 0, np.nan], [0, 0, 0]], "not finite"),
        ([[3, 0, 0], [0, 0, 0]], "length one"),
        (PluginUnavailableError("the model is not here"), "the model is not here"),
        (KeyError("weights"), "KeyError: 'weights'"),
    ],
)
def test_a_plugin_that_fails_is_told_so(answer: Any, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = registry.Installed("encoder", "broken", "here", "tests", "1", Broken)
    known = {**registry.installed(), ("encoder", "broken"): entry}
    monkeypatch.setattr(registry, "installed", lambda: known)
    monkeypatch.setattr(Broken, "answer", answer)
    trial = try_configuration(configuration("encoder", "broken"))
    assert not trial.passed
    assert word in trial.message


def test_unknown_plugins_and_wrong_settings_are_told() -> None:
    assert "Installed: " in try_configuration(configuration("ranker", "lost")).message
    assert "half_life_days" in try_configuration(configuration("ranker", "freshness", half_life_days=-1)).message
