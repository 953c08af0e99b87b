"""Spaces and the vectors in them."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from pgvector.django import HalfVectorField

from catalog.models import Catalog
from recommender.models.configuration import Configuration
from recommender.models.training import ModelVersion


class Space(models.Model):
    """One vector space: a catalog's items seen by one source, in one version of it.

    building → live → retired. A source has at most one live space; requests read only live ones. The space of a
    trained model is `trained`: it belongs to a model version, and is read while that is live.
    """

    class Status(models.TextChoices):
        BUILDING = "building"
        LIVE = "live"
        RETIRED = "retired"
        TRAINED = "trained"

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="spaces")
    configuration = models.ForeignKey(
        Configuration,
        on_delete=models.CASCADE,
        related_name="spaces",
        help_text="The encoder that fills it, or the ranker that was trained.",
    )
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.CASCADE, null=True, editable=False, related_name="spaces"
    )
    plugin = models.CharField(max_length=100, default="", editable=False, help_text="The encoder that made it.")
    settings: models.JSONField[dict[str, Any]] = models.JSONField(
        default=dict,
        editable=False,
        help_text="The encoder's settings when it was made: sentences are encoded by these.",
    )
    source_hash = models.CharField(
        max_length=64, editable=False, help_text="Of plugin and settings: another hash needs another space."
    )
    dimension = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.BUILDING)
    encoded = models.PositiveIntegerField(default=0, editable=False, help_text="Items with an up-to-date vector.")
    total = models.PositiveIntegerField(default=0, editable=False, help_text="Items when encoding last ran.")
    error = models.TextField(blank=True, default="", editable=False)
    whitening = models.BinaryField(
        null=True, editable=False, help_text="float32: the mean (d), then the whitening matrix (d × d)."
    )
    fitted_at = models.DateTimeField(null=True, editable=False, help_text="When the whitening was last fitted.")
    fitted_items = models.PositiveIntegerField(default=0, editable=False, help_text="Items it had then.")
    created_at = models.DateTimeField(auto_now_add=True)
    live_at = models.DateTimeField(null=True, editable=False)
    retired_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("configuration",), condition=models.Q(status="live"), name="space_one_live"
            ),
        )

    def __str__(self) -> str:
        return f"{self.configuration} ({self.dimension}-d, {self.status})"


class ItemVector(models.Model):
    """An item's vector in a space, with the columns that filters need (see docs/decisions/0002).

    The table is partitioned by space and made in SQL; a trigger on the items keeps the filter columns equal to theirs.
    """

    pk = models.CompositePrimaryKey("space_id", "item_id")
    space_id = models.IntegerField()
    item_id = models.BigIntegerField()
    vector = HalfVectorField()
    text_hash = models.UUIDField()
    available = models.BooleanField()
    price = models.FloatField(null=True)
    language = models.TextField()
    categories = ArrayField(models.TextField())
    published_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "item_vector"
