"""A pipeline: which configurations run, in what order."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models

from catalog.models import Catalog
from recommender.models.configuration import Configuration


class Pipeline(models.Model):
    """The stages of an answer. The rows are the draft; what answers is the published revision of this `version`.

    A pipeline that was never published answers as its rows stand.
    """

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="pipelines")
    slug = models.SlugField(max_length=100)
    title = models.CharField(max_length=200)
    is_default = models.BooleanField(default=False, help_text="Answers requests that name no other.")
    budget_ms = models.PositiveIntegerField(
        default=1000,
        validators=[MinValueValidator(1)],
        help_text="Once an answer has taken this long, stages marked optional are skipped.",
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    configurations = models.ManyToManyField(Configuration, through="Stage", related_name="pipelines")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("slug",)
        constraints = (
            models.UniqueConstraint(fields=("catalog", "slug"), name="pipeline_slug"),
            models.UniqueConstraint(
                fields=("catalog",), condition=models.Q(is_default=True), name="pipeline_one_default"
            ),
        )

    def __str__(self) -> str:
        return self.title or self.slug


class Stage(models.Model):
    """One configuration at work in a pipeline. Within a kind, stages run by position."""

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="stages")
    configuration = models.ForeignKey(Configuration, on_delete=models.RESTRICT, related_name="stages")
    position = models.PositiveIntegerField(default=0)
    enabled = models.BooleanField(default=True)
    optional = models.BooleanField(default=False, help_text="May be skipped when the answer's time is spent.")

    class Meta:
        ordering = ("position", "id")
        constraints = (models.UniqueConstraint(fields=("pipeline", "configuration"), name="stage_once"),)

    def __str__(self) -> str:
        return str(self.configuration)
