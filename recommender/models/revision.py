"""What was changed of a pipeline or a placement, by whom, and which of these states was published."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from catalog.models import Catalog
from recommender.models.pipeline import Pipeline
from recommender.models.placement import Placement


class Revision(models.Model):
    """A whole state of one pipeline or placement. Requests read the one that was published last."""

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="+")
    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, null=True, related_name="revisions")
    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, null=True, related_name="revisions")
    number = models.PositiveIntegerField(help_text="1 for the first state of its pipeline or placement.")
    version = models.PositiveIntegerField(null=True, help_text="As which version it was published, if it was.")
    snapshot: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    changes: models.JSONField[list[dict[str, Any]]] = models.JSONField(
        default=list, help_text="What differs from the state before: what, before, after."
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(pipeline__isnull=False) ^ models.Q(placement__isnull=False), name="revision_of_one"
            ),
            models.UniqueConstraint(fields=("pipeline", "number"), name="revision_pipeline_number"),
            models.UniqueConstraint(fields=("placement", "number"), name="revision_placement_number"),
            models.UniqueConstraint(fields=("pipeline", "version"), name="revision_pipeline_version"),
            models.UniqueConstraint(fields=("placement", "version"), name="revision_placement_version"),
        )

    def __str__(self) -> str:
        return f"{self.pipeline or self.placement}, change {self.number}"

    @property
    def subject(self) -> Pipeline | Placement:
        """What it is a state of."""
        found = self.pipeline or self.placement
        assert found is not None
        return found
