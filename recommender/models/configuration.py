"""A configuration: one plugin plus its settings, under a title."""

from __future__ import annotations

from typing import Any

from django.db import models

from catalog.models import Catalog


class PluginKind(models.TextChoices):
    """The five kinds, in the order in which a request meets them."""

    ENCODER = "encoder", "Encoder"
    RETRIEVER = "retriever", "Retriever"
    RANKER = "ranker", "Ranker"
    FUSION_STRATEGY = "fusion_strategy", "Fusion strategy"
    RULE = "rule", "Rule"


class Configuration(models.Model):
    """A plugin with its settings. The slug prefixes the columns that it gives, so it is unique in its catalog."""

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="configurations")
    kind = models.CharField(max_length=20, choices=PluginKind.choices)
    plugin = models.CharField(max_length=100, help_text="The plugin's registered name.")
    slug = models.SlugField(max_length=100)
    title = models.CharField(max_length=200)
    settings: models.JSONField[dict[str, Any]] = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("kind", "slug")
        constraints = (models.UniqueConstraint(fields=("catalog", "kind", "slug"), name="configuration_slug"),)

    def __str__(self) -> str:
        return self.title or self.slug
