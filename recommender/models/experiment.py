"""An experiment: pipelines on one placement, each for its share of the people, and which of them is better."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Catalog
from recommender.models.pipeline import Pipeline
from recommender.models.placement import Placement


class Experiment(models.Model):
    """Changed while it is a draft; from its start to its end everything but its title stays as it is.

    `figures` is what was counted of it last (`recommender.selectors.experiments.Counts`), at `counted_at`.
    """

    class Status(models.TextChoices):
        """A draft can be started, what runs be stopped or its winner promoted; what was stopped stays so."""

        DRAFT = "draft", _("draft")
        RUNNING = "running", _("running")
        STOPPED = "stopped", _("stopped")

    catalog = models.ForeignKey(
        Catalog, on_delete=models.CASCADE, related_name="experiments", verbose_name=_("catalog")
    )
    placement = models.ForeignKey(
        Placement,
        on_delete=models.CASCADE,
        related_name="experiments",
        verbose_name=_("placement"),
        help_text=_("Where the lists appear. Only one experiment runs on a placement at a time."),
    )
    slug = models.SlugField(_("slug"), max_length=100, help_text=_("Its name in the API and in the audience of rules."))
    title = models.CharField(_("title"), max_length=200)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT, editable=False)
    started_at = models.DateTimeField(_("started at"), null=True, editable=False)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, editable=False)
    outcome = models.TextField(_("outcome"), blank=True, default="", editable=False)
    figures: models.JSONField[dict[str, Any]] = models.JSONField(default=dict, editable=False)
    counted_at = models.DateTimeField(null=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("made by"),
    )
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("experiment")
        verbose_name_plural = _("experiments")
        constraints = (
            models.UniqueConstraint(fields=("catalog", "slug"), name="experiment_slug"),
            models.UniqueConstraint(
                fields=("placement",), condition=models.Q(status="running"), name="experiment_one_running"
            ),
        )

    def __str__(self) -> str:
        return self.title or self.slug


class Arm(models.Model):
    """A pipeline and its share of the people. The first arm, by id, is the one that the others are compared with."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="arms")
    name = models.SlugField(_("name"), max_length=40, help_text=_("Short, such as A, B or new-fusion."))
    pipeline = models.ForeignKey(Pipeline, on_delete=models.RESTRICT, related_name="arms", verbose_name=_("pipeline"))
    share = models.FloatField(
        _("share"),
        default=50.0,
        validators=[MinValueValidator(0.01), MaxValueValidator(1_000_000)],
        help_text=_("Of the people, in relation to the other arms: 50 and 50, or 90 and 10."),
    )

    class Meta:
        ordering = ("id",)
        verbose_name = _("arm")
        verbose_name_plural = _("arms")
        constraints = (models.UniqueConstraint(fields=("experiment", "name"), name="arm_name"),)

    def __str__(self) -> str:
        return self.name
