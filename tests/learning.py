"""A small catalog with enough people to be trained on: each likes one topic, and says so by a dozen choices."""

from __future__ import annotations

import numpy as np

from catalog.rows import ItemRow
from catalog.services import create_catalog, save_items
from recommender.services.defaults import provide_defaults
from recommender.services.item_encoding import encode_items
from recommender.services.refresh import refresh
from tests.worlds import COLOURS, TOPICS, World
from users.rows import EventRow
from users.services import provide_event_kinds, save_events

MAKERS = ("Oak", "Birch", "Linden", "Willow")
PEOPLE = 120
CHOICES = 10
ASTRAY = 0.15


def make_learning_world(slug: str = "village", people: int = PEOPLE) -> World:
    """96 items of four topics, encoded by hashed words; about 1,200 events. Small, so that a training takes seconds."""
    catalog = create_catalog(slug, language="en")
    provide_event_kinds(catalog)
    provide_defaults(catalog, "hashing", {"dimension": 64})
    rows = _items()
    save_items(catalog.pk, rows)
    world = World(catalog)
    choose(world, people)
    encode_items(catalog)
    refresh(catalog)
    return world


def choose(world: World, people: int, first: int = 0, seed: int = 0) -> None:
    """People `first` and on choose items of their topic, with one astray now and then."""
    draw = np.random.default_rng([seed, first])
    by_topic = {topic: [row.item_id for row in _items() if row.categories == [topic]] for topic in TOPICS}
    everything = [one for items in by_topic.values() for one in items]
    events = []
    for person in range(first, first + people):
        own = by_topic[list(TOPICS)[person % len(TOPICS)]]
        wanted = [draw.choice(everything if draw.random() < ASTRAY else own) for _ in range(CHOICES)]
        events += [
            EventRow(profile_id=f"person-{person}", item_id=str(one), kind="like") for one in dict.fromkeys(wanted)
        ]
    assert set(save_events(world.catalog.pk, events)) == {"stored"}


def _items() -> list[ItemRow]:
    return [
        ItemRow(
            item_id=f"{topic}-{colour}-{maker.lower()}",
            title=f"{colour.title()} {topic} by {maker}",
            description=f"{text}, in {colour}",
            categories=[topic],
            attributes={"colour": colour, "maker": maker},
            language="en",
        )
        for topic, text in TOPICS.items()
        for colour in COLOURS
        for maker in MAKERS
    ]
