"""The admin of this app: one file per thing a person does."""

from recommender.admin import (
    catalogs,
    configurations,
    items,
    model_versions,
    people,
    pipelines,
    placements,
    recommendations,
    scorecards,
    spaces,
    training_runs,
)

__all__ = [
    "catalogs",
    "configurations",
    "items",
    "model_versions",
    "people",
    "pipelines",
    "placements",
    "recommendations",
    "scorecards",
    "spaces",
    "training_runs",
]
