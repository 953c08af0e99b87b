"""A placement: where a list appears, such as the home page or a mail, and how it is finished there."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Catalog
from recommender.models.configuration import Configuration
from recommender.models.pipeline import Pipeline


class Override(models.TextChoices):
    """Fields of a request by which it may depart from its placement."""

    PIPELINE = "pipeline", _("Pipeline")
    FILTER = "filter", _("Filter")
    MINIMUM_RELEVANCE = "minimum_relevance", _("Minimum relevance")


class Placement(models.Model):
    """The rows are the draft; what answers is the published revision of this `version` (0: never published)."""

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="placements")
    slug = models.SlugField(max_length=100, help_text=_("What a request names."))
    title = models.CharField(max_length=200)
    pipeline = models.ForeignKey(
        Pipeline,
        on_delete=models.RESTRICT,
        null=True,
        blank=True,
        related_name="placements",
        help_text=_("Empty: the catalog's default, whichever that is."),
    )
    filter: models.JSONField[dict[str, Any]] = models.JSONField(
        default=dict,
        blank=True,
        help_text=_('Which items may be shown, as a request writes its filter: {"price_maximum": 500}.'),
    )
    minimum_relevance = models.FloatField(
        default=0.0,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text=_("0.9 leaves out what suits a person no better than 90 % of the catalog does. 0: nothing is."),
    )
    overrides = ArrayField(
        models.CharField(max_length=20, choices=Override.choices),
        default=list,
        blank=True,
        help_text=_("By which of its own fields a request may depart from the placement."),
    )
    version = models.PositiveIntegerField(default=0, editable=False)
    configurations = models.ManyToManyField(Configuration, through="PlacementRule", related_name="placements")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("slug",)
        constraints = (models.UniqueConstraint(fields=("catalog", "slug"), name="placement_slug"),)

    def __str__(self) -> str:
        return self.title or self.slug


class PlacementRule(models.Model):
    """A rule at work on a placement. Rules run by phase, within a phase by position."""

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="rules")
    configuration = models.ForeignKey(Configuration, on_delete=models.RESTRICT, related_name="placement_rules")
    position = models.PositiveIntegerField(default=0)
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ("position", "id")
        constraints = (models.UniqueConstraint(fields=("placement", "configuration"), name="placement_rule_once"),)

    def __str__(self) -> str:
        return str(self.configuration)
