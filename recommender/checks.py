"""System checks of plugins. Plain `check` looks at what is installed; what is stored is read with `--database` only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError, connections

from recommender.plugins.exceptions import PluginError
from recommender.plugins.registry import create, installed

LEFT_OUT = "recommender.W001"
NOT_USABLE = "recommender.W002"


@register()
def installed_plugins(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """W001: a plugin that is installed and cannot be used."""
    return [
        Warning(
            f"The {entry.kind} {entry.name!r} of {entry.distribution} {entry.version} is left out: {entry.problem}.",
            hint="Install another release of the package, or uninstall it. `manage.py list_plugins` shows all plugins.",
            id=LEFT_OUT,
        )
        for entry in installed().values()
        if entry.problem
    ]


@register(Tags.database)
def pipelines(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """W002: an enabled stage of a pipeline whose plugin is unknown or refuses its settings."""
    if "default" not in (databases or ()):
        return []
    try:
        return list(_broken_stages())
    except DatabaseError:  # `migrate` runs this check too, before there are tables to read
        return []


def _broken_stages() -> Iterator[CheckMessage]:
    from recommender.models import Stage  # models are not there yet when the checks are registered

    if Stage._meta.db_table not in connections["default"].introspection.table_names():
        return
    stages = Stage.objects.filter(enabled=True).select_related("configuration", "pipeline__catalog")
    for stage in stages.order_by("pipeline__catalog__slug", "pipeline__slug", "position", "id"):
        one = stage.configuration
        try:
            create(one.kind, one.plugin, one.settings, one.slug)
        except PluginError as error:
            where = f"Pipeline {stage.pipeline.slug!r} of catalog {stage.pipeline.catalog.slug!r}"
            yield Warning(
                f"{where} runs without {one.slug!r}: {error}",
                hint="Mend the configuration in the admin, disable the stage, or install the plugin.",
                id=NOT_USABLE,
            )
