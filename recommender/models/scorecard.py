"""Scorecards: how good a pipeline is on the catalog's own held-out events."""

from __future__ import annotations

from typing import Any

from django.db import models

from catalog.models import Catalog
from recommender.models.pipeline import Pipeline
from recommender.models.training import ModelVersion


class Scorecard(models.Model):
    """One measurement of a pipeline, or of one of its model versions: queued → running → done or failed.

    `figures` is what `recommender.training.scorecard.assemble` made: every number of the page, and each question's
    result, so that two scorecards of the same questions can be compared question by question later.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="scorecards")
    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="scorecards")
    model_version = models.ForeignKey(
        ModelVersion,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="scorecards",
        help_text="Of this version; empty: of the pipeline as it was.",
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    step = models.CharField(max_length=200, blank=True, default="", help_text="What it is doing.")
    progress = models.FloatField(default=0.0, help_text="Share of the whole, 0 to 1.")
    reason = models.TextField(blank=True, default="", help_text="Why it failed, in plain words.")
    settings: models.JSONField[dict[str, Any]] = models.JSONField(
        default=dict, help_text="The seed, the most questions per segment, what was compared."
    )
    figures: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"Scorecard {self.pk} of {self.model_version or self.pipeline}"
