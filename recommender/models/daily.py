"""What came of the answers of each day, counted by beat: the admin's first page reads a year of it at once."""

from __future__ import annotations

from django.db import models

from catalog.models import Catalog


class DailyFigures(models.Model):
    """Answers of a day on one placement that rest on the same: how many, and what came of them.

    An answer counts as clicked when a positive event named it and its item, as converted when that event also uses the
    item up: the definition of the experiments.
    """

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    placement_id = models.BigIntegerField(default=0, help_text="0: the request named none.")
    basis = models.CharField(max_length=10, help_text="As in a recorded answer.")
    answers = models.PositiveIntegerField(default=0)
    clicked = models.PositiveIntegerField(default=0)
    converted = models.PositiveIntegerField(default=0)
    degraded = models.PositiveIntegerField(default=0)
    places = models.PositiveBigIntegerField(default=0, help_text="Items in these answers, repeats and all.")
    new_places = models.PositiveBigIntegerField(default=0, help_text="Of the places, those of new items.")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("catalog", "day", "placement_id", "basis"), name="daily_figures_once"),
        )


class DailyCoverage(models.Model):
    """How many different items a catalog's answers of one day showed. The newest row says up to where was counted."""

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    items = models.PositiveIntegerField(default=0, help_text="Different items shown.")
    new_items = models.PositiveIntegerField(default=0, help_text="Of these, the new ones.")
    counted_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("catalog", "day"), name="daily_coverage_once"),)
