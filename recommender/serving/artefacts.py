"""What the plugins of a pipeline learned: the files of its live model version, checked and loaded."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from recommender.models import ModelVersion
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.training import Trainable
from recommender.training.model_store import ModelStoreError, fetch


def folder_of(kind: str, slug: str) -> str:
    """Where a version keeps what one plugin learned."""
    return f"{kind}.{slug}"


class Artefacts:
    """The files of one model version; fetched when the first plugin asks."""

    def __init__(self, version_id: int, text_spaces: set[int]) -> None:
        self._version_id, self._text_spaces = version_id, text_spaces

    def load_into(self, plugin: Trainable, name: str) -> None:
        """Make the plugin as it was trained; without a version, or with one that says nothing here, leave it as it is.

        Raises PluginUnavailableError when the files are gone or are not those that were stored.
        """
        if self._version is not None and not self.problem and (self._folder / name).is_dir():
            plugin.load_from(self._folder / name)

    @cached_property
    def problem(self) -> str:
        """Why the version as a whole says nothing here: its weights were learned in other coordinates."""
        if self._version is None or self._text_spaces.issuperset(self._version.text_spaces):
            return ""
        return f"{self._version} was trained in a text space that is no longer live: train again."

    @cached_property
    def _version(self) -> ModelVersion | None:
        return ModelVersion.objects.filter(pk=self._version_id).first() if self._version_id else None

    @cached_property
    def _folder(self) -> Path:
        assert self._version is not None
        try:
            return fetch(str(self._version.pk), self._version.checksums)
        except ModelStoreError as error:
            raise PluginUnavailableError(str(error)) from error
