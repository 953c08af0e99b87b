"""A small shop for the pages of the admin: one row of everything, more of them on demand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.utils import timezone

from catalog.models import Catalog, ImportRun, Item, Relation
from catalog.services import save_item
from recommender.models import (
    Arm,
    Configuration,
    Counter,
    Experiment,
    ModelVersion,
    Pipeline,
    Placement,
    Recommendation,
    SavedCase,
    Scorecard,
    Space,
    Stage,
    Statistics,
    TrainingRun,
)
from recommender.services.placements import save_placement
from users.keys import create_key
from users.models import Event, EventKind, Membership, Profile, User


@dataclass
class Shop:
    """A catalog with a pipeline of two stages, an item, Anna who has a history, and what was recorded of her."""

    catalog: Catalog = field(
        default_factory=lambda: Catalog.objects.create(slug=f"shop-{uuid4().hex[:8]}", name="Shop")
    )

    def __post_init__(self) -> None:
        self.pipeline = Pipeline.objects.create(catalog=self.catalog, slug="default", title="Default", is_default=True)
        self.popular = self.configuration("retriever", "popular")
        self.fusion = self.configuration("fusion_strategy", "reciprocal-rank")
        self.stage(self.popular)
        self.stage(self.fusion)
        self.kind = EventKind.objects.create(catalog=self.catalog, name="like")
        self.suit = self.item("一件高端商务装")
        self.anna = Profile.objects.create(catalog=self.catalog, external_id="anna", interests="商务装")
        Statistics.objects.create(catalog=self.catalog)
        self.rows()

    def configuration(self, kind: str, plugin: str, slug: str = "", **settings: Any) -> Configuration:
        """A configuration of the shop."""
        slug = slug or plugin
        return Configuration.objects.create(
            catalog=self.catalog, kind=kind, plugin=plugin, slug=slug, title=slug.capitalize(), settings=settings
        )

    def stage(self, configuration: Configuration) -> Stage:
        """The configuration at work in the default pipeline."""
        return Stage.objects.create(
            pipeline=self.pipeline, configuration=configuration, position=self.pipeline.stages.count()
        )

    def item(self, title: str) -> Item:
        """An item of the shop."""
        item = Item(catalog=self.catalog, external_id=uuid4().hex, title=title, attributes={"品牌": "安娜"})
        save_item(item)
        return item

    def popular_is(self, item: Item) -> None:
        """The item as the refresh would have counted it."""
        Counter.objects.create(item=item, catalog=self.catalog, people=1, popularity=1.0)

    def rows(self) -> None:
        """One more row of everything that a list shows."""
        name = uuid4().hex[:8]
        encoder = self.configuration("encoder", "hashing", f"hashing-{name}")
        Space.objects.create(
            catalog=self.catalog, configuration=encoder, dimension=64, encoded=3, total=4, source_hash=name
        )
        Relation.objects.create(catalog=self.catalog, head=self.item(f"Suit {name}"), relation="made by", tail_name="B")
        Event.objects.create(catalog=self.catalog, profile=self.anna, item=self.suit, kind=self.kind)
        create_key(self.catalog, ["read"], name=name)
        Recommendation.objects.create(
            catalog_id=self.catalog.pk,
            profile_id=self.anna.pk,
            created_at=timezone.now(),
            pipeline_id=self.pipeline.pk,
            pipeline_version=1,
            request={"text": "我需要一件高端的商务装"},
            item_ids=[self.suit.pk, 10**12],
            scores=[1.5, 0.25],
            timings={"retrieve": 3.25, "fuse": 1.0},
        )
        ImportRun.objects.create(catalog=self.catalog, original_name=name, status="done", written=3)
        run = TrainingRun.objects.create(catalog=self.catalog, pipeline=self.pipeline, status="done", progress=1.0)
        number = ModelVersion.objects.filter(pipeline=self.pipeline).count() + 1
        ModelVersion.objects.create(catalog=self.catalog, pipeline=self.pipeline, run=run, number=number)
        Scorecard.objects.create(catalog=self.catalog, pipeline=self.pipeline, status="queued", step="waiting")
        placement = save_placement(Placement(catalog=self.catalog, slug=name, title=f"Home {name}"))
        experiment = Experiment.objects.create(
            catalog=self.catalog, placement=placement, slug=name, title=f"Try {name}"
        )
        Arm.objects.create(experiment=experiment, name="A", pipeline=self.pipeline)
        SavedCase.objects.create(
            catalog=self.catalog, name=f"Case {name}", request={"text": "商务装"}, profile=self.anna
        )
        Membership.objects.create(user=User.objects.create(username=name, is_staff=True), catalog=self.catalog)

    def grow(self) -> None:
        """Three more rows of everything, in another catalog too."""
        for _ in range(3):
            self.rows()
        Shop()
