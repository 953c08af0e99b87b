"""The admin of this app: one file per thing a person does."""

from recommender.admin import catalogs, configurations, pipelines, recommendations, scorecards, spaces

__all__ = ["catalogs", "configurations", "pipelines", "recommendations", "scorecards", "spaces"]
