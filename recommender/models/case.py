"""A request that somebody keeps, to see what becomes of its list when a pipeline or a placement changes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Catalog
from users.models import Profile


class SavedCase(models.Model):
    """A request with a name. Whoever it asks for stands in a column, so erasing the person takes it along."""

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="cases", verbose_name=_("catalog"))
    name = models.CharField(_("name"), max_length=200)
    request: models.JSONField[dict[str, Any]] = models.JSONField(
        _("request"), default=dict, help_text=_("As the API takes it, but for the profile.")
    )
    profile = models.ForeignKey(
        Profile, on_delete=models.CASCADE, null=True, editable=False, related_name="+", verbose_name=_("profile")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("saved by"),
    )
    created_at = models.DateTimeField(_("saved at"), auto_now_add=True)

    class Meta:
        ordering = ("name", "id")
        verbose_name = _("saved case")
        verbose_name_plural = _("saved cases")
        constraints = (models.UniqueConstraint(fields=("catalog", "name"), name="case_name"),)

    def __str__(self) -> str:
        return self.name
