"""Recorded answers, so that later events attribute to them and learning can use them."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class AnswerBasis(models.TextChoices):
    """What is known of the person an answer was made for."""

    SENTENCE = "sentence", _("A sentence")
    BEHAVIOUR = "behaviour", _("Behaviour")
    BOTH = "both", _("A sentence and behaviour")
    POPULAR = "popular", _("Nothing: the popular and the recent")

    @classmethod
    def of(cls, text: bool, events: bool) -> AnswerBasis:
        """By whether there is a sentence and whether there is a history."""
        if text:
            return cls.BOTH if events else cls.SENTENCE
        return cls.BEHAVIOUR if events else cls.POPULAR


class Recommendation(models.Model):
    """One answer. No foreign keys: a row is written in every request, cleaned by the services that delete."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    catalog_id = models.BigIntegerField()
    profile_id = models.BigIntegerField(null=True)
    session_id = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    pipeline_id = models.BigIntegerField()
    pipeline_version = models.PositiveIntegerField()
    placement_id = models.BigIntegerField(null=True)
    experiment_id = models.BigIntegerField(null=True)
    arm = models.CharField(max_length=40, blank=True, default="", db_default="", help_text="The experiment's, if any.")
    basis = models.CharField(
        max_length=10,
        choices=AnswerBasis.choices,
        blank=True,
        default="",
        db_default="",
        help_text="What it rests on; empty in answers of before this was kept.",
    )
    request: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    item_ids = ArrayField(models.BigIntegerField(), help_text="The slate, first position first.")
    scores = ArrayField(models.FloatField())
    columns: models.JSONField[dict[str, list[float | None]]] = models.JSONField(
        default=dict, help_text="The score columns of the items shown."
    )
    propensities = ArrayField(
        models.FloatField(null=True),
        null=True,
        help_text="With which probability chance put each item there; empty where no chance was in it.",
    )
    timings: models.JSONField[dict[str, float]] = models.JSONField(default=dict, help_text="Milliseconds per stage.")
    degraded = models.BooleanField(default=False)

    class Meta:
        indexes = (
            models.Index("catalog_id", models.F("created_at").desc(), name="recommendation_newest"),
            models.Index("profile_id", models.F("created_at").desc(), name="recommendation_profile"),
            models.Index(
                "catalog_id",
                "session_id",
                models.F("created_at").desc(),
                name="recommendation_session",
                condition=~models.Q(session_id=""),
            ),
            models.Index(
                fields=("experiment_id",),
                name="recommendation_experiment",
                condition=models.Q(experiment_id__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return str(self.id)
