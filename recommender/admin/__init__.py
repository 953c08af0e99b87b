"""The admin of this app: one file per thing a person does."""

from recommender.admin import (
    cases,
    catalogs,
    configurations,
    experiments,
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
    "cases",
    "catalogs",
    "configurations",
    "experiments",
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
