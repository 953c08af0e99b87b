"""What is counted from events: refreshed by beat and by `manage.py train`, read by requests."""

from __future__ import annotations

from django.db import models

from catalog.models import Catalog, Item


class Counter(models.Model):
    """How often an item was chosen."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="counter")
    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE)
    people = models.PositiveIntegerField(default=0, help_text="People (or sessions) with a positive event on it.")
    popularity = models.FloatField(default=0.0, help_text="Sum of kind weights, decayed, within the window.")

    class Meta:
        indexes = (models.Index("catalog", models.F("popularity").desc(), name="counter_popularity"),)


class Neighbours(models.Model):
    """The items that the people of an item also chose: one row per item, best first.

    With G_ij the number of people with positive events on both, knn is G_ij / (√(pop_i pop_j) + 20) and cond
    G_ij / (pop_i + 5), where i is the row's item (the one in a history) and j the neighbour.
    """

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="neighbours")
    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE)
    packed = models.BinaryField(help_text="Little-endian: n int64 item ids, n float32 knn, n float32 cond.")


class Statistics(models.Model):
    """Figures over a whole catalog. Each process keeps a copy and takes a new one when `version` has grown."""

    catalog = models.OneToOneField(Catalog, on_delete=models.CASCADE, primary_key=True, related_name="statistics")
    version = models.PositiveIntegerField(default=0)
    items = models.PositiveIntegerField(default=0)
    items_with_events = models.PositiveIntegerField(default=0)
    events = models.PositiveBigIntegerField(default=0)
    newest_event_at = models.DateTimeField(null=True)
    document_frequencies = models.BinaryField(
        default=b"", help_text="n little-endian uint32 term ids in order, then n uint32 counts of items."
    )
    last_event_id = models.BigIntegerField(default=0, help_text="The newest event that was counted.")
    refreshed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "statistics"

    def __str__(self) -> str:
        return f"Statistics of {self.catalog}"
