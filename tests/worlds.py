"""A small catalog with people in it: Anna has a history, Ben is new. Encoded without a model, by hashed words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalog.models import Catalog, Item
from catalog.rows import ItemRow
from catalog.services import create_catalog, save_items
from recommender.schemas import ItemList, Recommendations, RecommendRequest
from recommender.services import answers
from recommender.services.defaults import provide_defaults
from recommender.services.item_encoding import encode_items
from recommender.services.refresh import refresh
from users.models import Profile
from users.rows import EventRow, ProfileRow
from users.services import provide_event_kinds, save_events, save_profiles

TOPICS = {
    "suit": "a wool suit for business meetings and the office",
    "tent": "a light tent for camping in the mountains",
    "guitar": "a wooden guitar with a warm sound for songs",
    "teapot": "a clay teapot for green tea in the afternoon",
}
COLOURS = ("black", "blue", "red", "green", "white", "grey")


@dataclass(frozen=True)
class World:
    """A catalog at work."""

    catalog: Catalog

    def recommend(self, **request: Any) -> Recommendations:
        """A recorded answer."""
        return answers.recommend(self.catalog.pk, RecommendRequest.model_validate(request))

    def ids(self, **request: Any) -> list[str]:
        """The ids of an answer."""
        return shown(self.recommend(**request))

    def does(self, person: str, *chosen: str, kind: str = "like", **fields: Any) -> None:
        """A person does something with items, one after another."""
        rows = [EventRow(profile_id=person, item_id=item, kind=kind, **fields) for item in chosen]
        assert set(save_events(self.catalog.pk, rows)) <= {"stored", "duplicate"}

    def item(self, external_id: str) -> Item:
        """An item by its external id."""
        return Item.objects.get(catalog=self.catalog, external_id=external_id)

    def profile(self, external_id: str) -> Profile:
        """A profile by its external id."""
        return Profile.objects.get(catalog=self.catalog, external_id=external_id)


def shown(answer: ItemList) -> list[str]:
    """The ids of a list, first place first."""
    return [item.item_id for item in answer.items]


def item_rows() -> list[ItemRow]:
    """24 items: four topics in six colours each, such as `tent-red`."""
    return [
        ItemRow(
            item_id=f"{topic}-{colour}",
            title=f"{colour.title()} {topic}",
            description=f"{text}, in {colour}",
            categories=[topic],
            attributes={"colour": colour, "size": place * 10},
            price=10.0 * (place + 1),
            language="en",
        )
        for topic, text in TOPICS.items()
        for place, colour in enumerate(COLOURS)
    ]


def make_world(slug: str = "shop", dimension: int = 128) -> World:
    """A world of 24 items: Anna and three others like tents, two people like teapots; nobody chose a guitar."""
    catalog = create_catalog(slug, language="en")
    provide_event_kinds(catalog)
    provide_defaults(catalog, "hashing", {"dimension": dimension})
    save_items(catalog.pk, item_rows())
    save_profiles(
        catalog.pk,
        [
            ProfileRow(profile_id="anna", interests="camping in the mountains"),
            ProfileRow(profile_id="ben"),
        ],
    )
    world = World(catalog)
    world.does("anna", "tent-black", "tent-blue")
    for person in ("carl", "dora", "emil"):
        world.does(person, "tent-black", "tent-blue", "tent-red")
    for person in ("fritz", "gina"):
        world.does(person, "teapot-green", "teapot-red")
    encode_items(catalog)
    refresh(catalog)
    return world
