"""WHAT can be recommended: catalogs (the tenants), their items, the relations between items; and uploads of them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Cast, Lower
from django.utils.translation import gettext_lazy as _

from catalog.derived import ItemFields, item_text


class Catalog(models.Model):
    """One isolated world: its items, profiles, events, pipelines and keys."""

    slug = models.SlugField(unique=True, help_text="Names the catalog in commands and addresses.")
    name = models.CharField(max_length=200)
    language = models.CharField(
        max_length=16,
        default="en",
        help_text="Default language of the items, such as en or zh; mixed means several. Chooses the first encoder.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name or self.slug


class Item(models.Model):
    """One thing that can be recommended.

    The columns below `derived` are computed from the text by `catalog.derived` on every write, so that matching
    and encoding never read a stale text. Write items through `catalog.services`, which does so.
    """

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="items")
    external_id = models.CharField(max_length=200, help_text="The item's id in your own system.")
    title = models.CharField(max_length=1000)
    description = models.TextField(blank=True, default="")
    categories = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    tags = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    attributes: models.JSONField[dict[str, Any]] = models.JSONField(default=dict, blank=True)
    language = models.CharField(max_length=16, blank=True, default="")
    url = models.CharField(max_length=2000, blank=True, default="")
    image_url = models.CharField(max_length=2000, blank=True, default="")
    price = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    published_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    available = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    # derived
    text_hash = models.UUIDField(editable=False, help_text="Hash of item_text(); a vector with another one is stale.")
    terms = ArrayField(models.TextField(), default=list, editable=False)
    search = models.GeneratedField(
        expression=models.Func("terms", function="array_to_tsvector"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    lexical = models.BinaryField(editable=False, default=b"", help_text="Term ids and their weights, packed.")
    structured = models.BinaryField(editable=False, default=b"", help_text="Ids of categories, tags, attributes.")

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("catalog", "external_id"), name="item_external_id"),)
        indexes = (
            GinIndex(fields=("search",), name="item_search"),
            GinIndex(Cast("categories", ArrayField(models.TextField())), name="item_categories"),
            models.Index(
                "catalog", models.F("published_at").desc(nulls_last=True), models.F("id").desc(), name="item_recent"
            ),
        )

    def __str__(self) -> str:
        return self.title

    def fields(self) -> ItemFields:
        """The part of the item that text, hash and matching are made from."""
        return ItemFields(
            title=self.title,
            description=self.description,
            categories=self.categories,
            tags=self.tags,
            attributes=self.attributes,
            price=self.price,
        )

    def item_text(self) -> str:
        """The text that is hashed and encoded."""
        return item_text(self.fields())


class Relation(models.Model):
    """An edge of the knowledge graph: `head` stands in `relation` to another item, or to something named."""

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="relations")
    head = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="relations")
    relation = models.CharField(max_length=100)
    tail = models.ForeignKey(Item, on_delete=models.CASCADE, null=True, blank=True, related_name="incoming_relations")
    tail_name = models.CharField(max_length=300, blank=True, default="")
    weight = models.FloatField(default=1.0)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("head", "relation", "tail", "tail_name"), name="relation_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(tail__isnull=False) ^ ~models.Q(tail_name=""), name="relation_one_tail"
            ),
        )
        indexes = (
            models.Index(
                "catalog",
                Lower("tail_name"),
                "relation",
                name="relation_tail_name",
                condition=~models.Q(tail_name=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.head} {self.relation} {self.tail or self.tail_name}"


def private_path(run: ImportRun, name: str) -> str:
    """Where a file of an import lies in the default storage; its name says nothing of what the person called it."""
    return f"imports/{run.token}/{name}"


class ImportRun(models.Model):
    """One uploaded file: uploaded → queued → running → done, failed or cancelled. Anything may be run again."""

    class Kind(models.TextChoices):
        ITEMS = "items", _("Items")
        RELATIONS = "relations", _("Relations")
        PROFILES = "profiles", _("Profiles")
        EVENTS = "events", _("Events")

    class Status(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    OPEN = (Status.QUEUED, Status.RUNNING)

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="imports")
    kind = models.CharField(_("what it holds"), max_length=10, choices=Kind.choices, default=Kind.ITEMS)
    token = models.UUIDField(default=uuid4, unique=True, editable=False, help_text="The folder of its files.")
    file = models.FileField(_("file"), upload_to=private_path, max_length=200)
    sample = models.FileField(upload_to=private_path, max_length=200, blank=True, help_text="Its first records.")
    rejected_rows = models.FileField(upload_to=private_path, max_length=200, blank=True)
    original_name = models.CharField(max_length=200, help_text="As the person who uploaded it called it.")
    reading: models.JSONField[dict[str, str]] = models.JSONField(
        default=dict, help_text="Format, encoding and separator."
    )
    mapping: models.JSONField[dict[str, Any]] = models.JSONField(
        default=dict, help_text="Which column is which field; values for all rows; what separates lists."
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.UPLOADED)
    step = models.CharField(max_length=200, blank=True, default="", help_text="What it is doing.")
    progress = models.FloatField(default=0.0, help_text="Share of the whole run, 0 to 1.")
    read = models.PositiveIntegerField(default=0, help_text="Records of the file so far.")
    written = models.PositiveIntegerField(default=0, help_text="Made or changed.")
    rejected = models.PositiveIntegerField(default=0)
    counts: models.JSONField[dict[str, int]] = models.JSONField(default=dict, help_text="Rows by what became of them.")
    message = models.TextField(blank=True, default="", help_text="What a person should know, such as why it failed.")
    cancel_requested = models.BooleanField(default=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", editable=False
    )
    uploaded_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    heartbeat_at = models.DateTimeField(null=True, editable=False, help_text="A run without one has lost its worker.")
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return self.original_name
