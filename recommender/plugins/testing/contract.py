"""What holds of a plugin of any kind: it says what it is, its settings are strict, and making it costs nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, ClassVar
from unittest.mock import patch

import numpy as np
import orjson
import pytest
from django.db import connections
from pydantic import ValidationError

from recommender.plugins.contracts import API_VERSION, KINDS, AnyPlugin, Plugin
from recommender.plugins.registry import installed

HEAVY = ("torch", "transformers", "sentence_transformers", "tensorflow", "jax")
"""What is imported in `load()` and not before."""


class PluginContract:
    """What the five kinds share. Inherit the class of your kind, not this one."""

    plugin: ClassVar[type[AnyPlugin]]
    settings: ClassVar[Mapping[str, Any]] = {}
    """Settings to test with; empty for the defaults."""

    @classmethod
    def made(cls) -> Any:
        """The plugin with these settings, not loaded yet."""
        return cls.plugin(cls.plugin.Settings.model_validate(dict(cls.settings)), "under-test")

    @classmethod
    def loaded(cls) -> Any:
        """The plugin loaded, once per class, as a process does."""
        if cls not in _loaded:
            plugin = cls.made()
            plugin.load()
            _loaded[cls] = plugin
        return _loaded[cls]

    def test_it_says_what_it_is(self) -> None:
        """A kind, a name for code, a title and a summary for people, the version of the API it was written for."""
        assert issubclass(self.plugin, Plugin)
        assert self.plugin.kind in KINDS
        assert self.plugin.api_version == API_VERSION
        assert self.plugin.name == self.plugin.name.strip().lower().replace(" ", "-")
        assert len(self.plugin.title) <= 60
        assert self.plugin.summary.endswith(".")
        assert (self.plugin.__doc__ or "").strip(), "the class has no docstring"

    def test_settings_are_strict(self) -> None:
        """What is unknown is refused, what is set stays, defaults are valid, and each field explains itself."""
        settings = self.plugin.Settings
        made = settings()
        assert settings.model_validate(orjson.loads(made.model_dump_json())) == made
        with pytest.raises(ValidationError):
            settings.model_validate({"no-such-setting": 1})
        for name, field in settings.model_fields.items():
            assert field.title or field.description, f"{name} has neither title nor description"
            with pytest.raises(ValidationError):
                setattr(made, name, getattr(made, name))

    def test_making_it_is_free(self) -> None:
        """No model and no database before `load()`: the admin makes plugins only to look at them."""
        hidden = dict.fromkeys(HEAVY)  # None: an import of that name fails, loaded before or not
        with patch.dict(sys.modules, hidden), _no_database():
            plugin = self.made()
            assert plugin.slug == "under-test"
            assert isinstance(plugin.spaces, tuple)

    def test_importing_it_is_free(self) -> None:
        """Importing its module brings none of the heavy packages: a process that only migrates starts in a second."""
        modules = sorted({entry.path.partition(":")[0] for entry in installed().values() if entry.plugin})
        module = self.plugin.__module__
        assert heavy_imports(*sorted({*modules, module})).get(module, []) == []


@contextmanager
def quiet() -> Iterator[None]:
    """Warnings and invalid arithmetic are errors: they hide mistakes in scores."""
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        yield


_loaded: dict[type[PluginContract], Any] = {}


@contextmanager
def _no_database() -> Iterator[None]:
    def refuse() -> None:
        raise AssertionError("making a plugin must not read the database")

    with patch.object(connections["default"], "ensure_connection", refuse):
        yield


@lru_cache
def heavy_imports(*modules: str) -> dict[str, list[str]]:
    """The heavy packages that each module brings, imported one after the other in a fresh process with Django."""
    code = (
        "import importlib, json, sys, django; django.setup(); found = {}\n"
        f"heavy = {HEAVY!r}\n"
        "for module in sys.argv[1:]:\n"
        "    before = set(sys.modules); importlib.import_module(module)\n"
        "    found[module] = [name for name in heavy if name in sys.modules and name not in before]\n"
        "print(json.dumps(found))"
    )
    command = [sys.executable, "-c", code, *modules]
    # The path goes along: a plugin under test need not be installed.
    environment = {**os.environ, "PYTHONPATH": ":".join(path for path in sys.path if path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = orjson.loads(done.stdout.splitlines()[-1])
    return found
