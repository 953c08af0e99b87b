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

    def __init__(self, version_id: int) -> None:
        self._version_id = version_id

    def load_into(self, plugin: Trainable, name: str) -> None:
        """Make the plugin as it was trained; without a version, or with one that has nothing of it, leave it as it is.

        Raises PluginUnavailableError when the files are gone or are not those that were stored.
        """
        if self._version_id and self._folder is not None and (self._folder / name).is_dir():
            plugin.load_from(self._folder / name)

    @cached_property
    def _folder(self) -> Path | None:
        version = ModelVersion.objects.filter(pk=self._version_id).first()
        if version is None:
            return None
        try:
            return fetch(str(version.pk), version.checksums)
        except ModelStoreError as error:
            raise PluginUnavailableError(str(error)) from error
