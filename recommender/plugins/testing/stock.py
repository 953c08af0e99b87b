"""A small real catalog for plugins that read the database: 60 items, 12 people, a space, counters and neighbours.

Everything is written through the platform's own services inside the test's transaction, so nothing is left behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from catalog.models import Catalog, Item
from catalog.rows import ItemRow, RelationRow
from catalog.services import create_catalog, save_items, save_relations
from recommender.plugins.types import ItemFilter, Profile, Query
from recommender.schemas import RecommendRequest
from recommender.selectors.state import state
from recommender.services.answers import reads
from recommender.services.defaults import provide_defaults
from recommender.services.item_encoding import encode_items
from recommender.services.refresh import refresh
from recommender.serving.assembly import DEFAULT_BUDGET_MS, assembly
from recommender.serving.profiles import current
from recommender.serving.requests import resolve
from recommender.serving.trace import Trace
from users.rows import EventRow
from users.services import provide_event_kinds, save_events

COLOURS = ("red", "green", "blue", "grey")
THINGS = ("coat", "suit", "lamp", "kettle", "bicycle")
ITEMS = 60
SENTENCE = "a warm red coat"


@dataclass(frozen=True)
class Stock:
    """The catalog, and questions to ask of it."""

    catalog: Catalog

    @property
    def query(self) -> Query:
        """A plain request for ten items."""
        return self._asked(RecommendRequest(limit=10))[1]

    @property
    def queries(self) -> Mapping[str, Query]:
        """Requests with every kind of condition."""
        ids = list(Item.objects.filter(catalog=self.catalog).order_by("id").values_list("id", flat=True))
        plain = self.query
        return {
            "plain": plain,
            "one item": replace(plain, limit=1),
            "everything": replace(plain, limit=ITEMS),
            "a category": replace(plain, filter=ItemFilter(categories_any=("coat",))),
            "a price": replace(plain, filter=ItemFilter(price_maximum=20.0)),
            "without some": plain.excluding(ids[::2]),
            "among some": replace(plain, among=tuple(ids[10:30])),
            "among none": replace(plain, among=()),
        }

    @property
    def people(self) -> Mapping[str, Profile]:
        """Anna with a history and a sentence, Ben with a sentence, nobody: as a request makes them."""
        asked = {
            "anna": RecommendRequest(profile_id="anna", text=SENTENCE),
            "ben": RecommendRequest(text=SENTENCE),
            "nobody": RecommendRequest(),
        }
        return {name: self._asked(request)[0] for name, request in asked.items()}

    def _asked(self, request: RecommendRequest) -> tuple[Profile, Query]:
        now_state = state(self.catalog.pk)
        resolved = resolve(now_state, request, shows_consumed=False)
        known = reads(now_state, assembly(now_state))
        return current(resolved.person, known, resolved.query, Trace(DEFAULT_BUDGET_MS)).profile, resolved.query


def stocked(slug: str = "stock") -> Stock:
    """The catalog in the database: some items unavailable or expired, some known, some new."""
    catalog = create_catalog(slug)
    provide_event_kinds(catalog)
    provide_defaults(catalog, "hashing")
    save_items(catalog.pk, [_item(number) for number in range(ITEMS)])
    save_relations(catalog.pk, [_relation(number) for number in range(ITEMS)])
    save_events(catalog.pk, list(_events()))
    encode_items(catalog)
    refresh(catalog)
    return Stock(catalog)


def _item(number: int) -> ItemRow:
    colour, thing = COLOURS[number % 4], THINGS[number % 5]
    day = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=number)
    return ItemRow(
        item_id=f"i{number}",
        title=f"{colour} {thing} {number}",
        description="warm" if number % 3 else "light",
        categories=[thing],
        price=float(number),
        published_at=day,
        expires_at=day if number % 17 == 16 else None,
        available=number % 13 != 12,
    )


def _relation(number: int) -> RelationRow:
    """Every maker has six things."""
    return RelationRow(head_item_id=f"i{number}", relation="made_by", tail_name=f"Maker {number % 10}")


def _events() -> list[EventRow]:
    people = ["anna", *(f"p{number}" for number in range(11))]
    return [
        EventRow(profile_id=person, item_id=f"i{(3 * place + 5 * step) % 45}", kind="like")
        for place, person in enumerate(people)
        for step in range(5)
    ]
