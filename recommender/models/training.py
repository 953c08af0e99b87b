"""Training: runs, and the model versions they make."""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings
from django.db import models

from catalog.models import Catalog, Item
from recommender.models.pipeline import Pipeline


class TrainingRun(models.Model):
    """One training of a pipeline: queued → running → done, failed or cancelled. A catalog has one at a time."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    OPEN = (Status.QUEUED, Status.RUNNING)

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="training_runs")
    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="training_runs")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    seed = models.PositiveIntegerField(default=0)
    step = models.CharField(max_length=200, blank=True, default="", help_text="What it is doing.")
    done = models.PositiveIntegerField(default=0, help_text="Of the step's work.")
    total = models.PositiveIntegerField(default=0)
    progress = models.FloatField(default=0.0, help_text="Share of the whole run, 0 to 1.")
    reason = models.TextField(blank=True, default="", help_text="Why it failed, in plain words.")
    cancel_requested = models.BooleanField(default=False)
    queued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, editable=False)
    heartbeat_at = models.DateTimeField(null=True, editable=False, help_text="A run without one has lost its worker.")
    finished_at = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("catalog",), condition=models.Q(status__in=("queued", "running")), name="training_run_one_open"
            ),
        )

    def __str__(self) -> str:
        return f"Training {self.pk} of {self.pipeline}"


class ModelVersion(models.Model):
    """What one training learned for a pipeline, all its trained plugins together: candidate → live → retired.

    A pipeline has at most one live version; without one its trained plugins cannot say anything yet. Going live and
    rolling back is this row's status and nothing else, so no answer ever mixes two versions.
    """

    class Status(models.TextChoices):
        CANDIDATE = "candidate"
        LIVE = "live"
        RETIRED = "retired"

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="model_versions")
    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="model_versions")
    run = models.ForeignKey(TrainingRun, on_delete=models.SET_NULL, null=True, related_name="versions")
    number = models.PositiveIntegerField(help_text="Counts within the pipeline.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CANDIDATE)
    settings: models.JSONField[list[dict[str, Any]]] = models.JSONField(
        default=list, help_text="The stages it was trained with: kind, slug, plugin, settings."
    )
    tables: models.JSONField[dict[str, list[str]]] = models.JSONField(
        default=dict, help_text="Item-to-item tables it learned: slug → measures."
    )
    text_spaces: models.JSONField[list[int]] = models.JSONField(
        default=list, help_text="The text spaces it was trained in; in others its weights mean nothing."
    )
    data_hash = models.CharField(max_length=64, help_text="Of the events and texts it was trained on.")
    code_version = models.CharField(max_length=40)
    seed = models.PositiveIntegerField(default=0)
    metrics: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    verdict: models.JSONField[dict[str, Any]] = models.JSONField(
        default=dict, help_text="Why the gate let it pass or not."
    )
    checksums: models.JSONField[dict[str, str]] = models.JSONField(
        default=dict, help_text="SHA-256 of every file of the artefact."
    )
    train_seconds = models.FloatField(default=0.0)
    created_at = models.DateTimeField(auto_now_add=True)
    live_at = models.DateTimeField(null=True, editable=False)
    took_over_from = models.ForeignKey(
        Pipeline,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        help_text="The catalog's default pipeline before this version made its own the default.",
    )
    retired_at = models.DateTimeField(null=True, editable=False)
    decided_by = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", editable=False
    )
    override_reason = models.TextField(blank=True, default="", help_text="Why somebody decided otherwise.")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("pipeline", "number"), name="model_version_number"),
            models.UniqueConstraint(
                fields=("pipeline",), condition=models.Q(status="live"), name="model_version_one_live"
            ),
        )

    def __str__(self) -> str:
        return f"{self.pipeline} v{self.number}"


class LearnedNeighbours(models.Model):
    """What a trained item-to-item plugin learned of one item: one row per item and plugin.

    Packed as in `Neighbours`: n int64 item ids, then n float32 of each measure, in the order of `ModelVersion.tables`.
    """

    model_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="neighbours")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="learned_neighbours")
    slug = models.SlugField(max_length=100)
    packed = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("model_version", "item", "slug"), name="learned_neighbours_once"),
        )
