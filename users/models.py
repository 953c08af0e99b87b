"""FOR WHOM, and what they did: staff, API keys, profiles, kinds of event, events."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from catalog.models import Catalog, Item
from catalog.reach import Reach
from users.roles import Role, allows


class User(AbstractUser):
    """A member of the staff: signs in to the admin. People who are served are profiles, not users."""

    @cached_property
    def roles(self) -> dict[int, str]:
        """The role by catalog id; read once per request."""
        return dict(self.memberships.values_list("catalog_id", "role"))

    def reach(self, permission: str) -> Reach:
        """The catalogs in which the role allows what “app.action_model” names. Superusers reach all of them."""
        if not self.is_active:
            return Reach()
        if self.is_superuser:
            return Reach(everywhere=True)
        return Reach(frozenset(catalog for catalog, role in self.roles.items() if allows(role, permission)))


class Membership(models.Model):
    """What a member of the staff is in one catalog. What the roles may do is the table in `users.roles`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.EDITOR)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ("catalog", "user")
        constraints = (models.UniqueConstraint(fields=("user", "catalog"), name="one_role_per_catalog"),)

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}"


class Scope(models.TextChoices):
    """What an API key may do."""

    RECOMMEND = "recommend"
    ITEMS = "items"
    PROFILES = "profiles"
    EVENTS = "events"
    READ = "read"
    STEER = "steer"


class ApiKey(models.Model):
    """A key to one catalog. Only its SHA-256 is kept; the key itself is shown once, when it is made.

    A key that was revoked stays so. Rotating makes a second row and ends the first.
    """

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100, blank=True, default="")
    prefix = models.CharField(max_length=16, unique=True, help_text="The start of the key, to tell keys apart.")
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope.choices), default=list)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "API key"
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.catalog.slug})"

    @property
    def works(self) -> bool:
        """Whether it opens its catalog now."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())


class Profile(models.Model):
    """A person who is served, by the id your own system has for them."""

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="profiles")
    external_id = models.CharField(max_length=200)
    interests = models.TextField(blank=True, default="", help_text="What the person said of themselves, in any words.")
    attributes: models.JSONField[dict[str, Any]] = models.JSONField(default=dict, blank=True)
    language = models.CharField(max_length=16, blank=True, default="")
    learn = models.BooleanField(default=True, help_text="Consent: their events may teach the models.")
    personalise = models.BooleanField(default=True, help_text="Consent: their words and events may shape their lists.")
    is_test = models.BooleanField(default=False, help_text="A test account: never learned from, never counted.")
    muted_categories = ArrayField(
        models.CharField(max_length=200),
        default=list,
        db_default=[],
        blank=True,
        help_text="Categories of which the person wants nothing in their lists.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("catalog", "external_id"), name="profile_external_id"),)

    def __str__(self) -> str:
        return self.external_id


class Sign(models.TextChoices):
    """What an event of a kind says of the item."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"


class EventKind(models.Model):
    """A kind of event, and what it means in this catalog.

    An event whose value reaches `positive_from` is positive, one at or under `negative_to` negative, one between
    neutral; where both are empty the kind's own sign counts, whatever the value.
    """

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="event_kinds")
    name = models.SlugField(max_length=40)
    sign = models.CharField(max_length=10, choices=Sign.choices, default=Sign.POSITIVE)
    weight = models.FloatField(default=1.0, validators=[MinValueValidator(0)])
    consumes = models.BooleanField(default=False, help_text="The person will not want the item again.")
    half_life_days = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.001)])
    positive_from = models.FloatField(null=True, blank=True)
    negative_to = models.FloatField(null=True, blank=True)

    class Meta:
        verbose_name = "kind of event"
        verbose_name_plural = "kinds of event"
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("catalog", "name"), name="event_kind_name"),)

    def __str__(self) -> str:
        return self.name


def new_idempotency_key() -> str:
    """For an event that came without a key: it can not be recognised again."""
    return uuid.uuid4().hex


class Event(models.Model):
    """Something a profile or an anonymous session did with an item.

    Order in a history: newest `occurred_at` first, events without a time after those with one, then the highest
    `sequence` (the row's place in its import), then the highest id.
    """

    # Without indexes of their own: those below begin with them, and a kind is hardly ever deleted.
    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="events", db_index=False)
    profile = models.ForeignKey(
        Profile, on_delete=models.CASCADE, null=True, blank=True, related_name="events", db_index=False
    )
    session_id = models.CharField(max_length=200, blank=True, default="")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="events")
    kind = models.ForeignKey(EventKind, on_delete=models.RESTRICT, related_name="events", db_index=False)
    value = models.FloatField(null=True, blank=True)
    occurred_at = models.DateTimeField(null=True, blank=True)
    sequence = models.BigIntegerField(default=0)
    recommendation_id = models.UUIDField(null=True, blank=True)
    position = models.PositiveIntegerField(null=True, blank=True)
    idempotency_key = models.CharField(max_length=100, default=new_idempotency_key)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("catalog", "idempotency_key"), name="event_idempotency_key"),
            models.CheckConstraint(
                condition=models.Q(profile__isnull=False) | ~models.Q(session_id=""), name="event_of_someone"
            ),
        )
        indexes = (
            models.Index(
                "profile",
                models.F("occurred_at").desc(nulls_last=True),
                models.F("sequence").desc(),
                models.F("id").desc(),
                name="event_history",
            ),
            models.Index(
                "catalog",
                "session_id",
                models.F("occurred_at").desc(nulls_last=True),
                models.F("sequence").desc(),
                models.F("id").desc(),
                name="event_session",
                condition=~models.Q(session_id=""),
            ),
            models.Index("catalog", models.F("occurred_at").desc(nulls_last=True), name="event_newest"),
        )

    def __str__(self) -> str:
        return f"{self.profile or self.session_id} {self.kind} {self.item}"
