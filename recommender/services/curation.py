"""What an editor does to a placement's list by hand: pins, boosts, buries and blocks of single items.

They are rules of the placement like others, under configurations that bear its slug: “home-pins” for a run of
neighbouring places, “home-pins-2” for the next run, “home-boosts”, “home-buries”, “home-blocks”. A configuration that
is needed no longer leaves the placement but is not deleted: an earlier state may be restored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django.db import transaction

from recommender.models import Configuration, Placement, PlacementRule
from recommender.models.configuration import PluginKind
from recommender.services.placements import save_placement
from users.models import User

LAST_PLACE = 500
LONGEST_STEM = 80
NAMES = {"pin": "pins", "boost": "boosts", "bury": "buries", "block": "blocks"}
"""How the configurations of each plugin are called."""

Items = tuple[str, ...]
"""External ids."""


@dataclass(frozen=True)
class Curation:
    """What was done by hand: `pins` are places (1 is the first) with items. An item is in one of the others at most."""

    pins: Mapping[int, str] = field(default_factory=dict)
    boosted: Items = ()
    buried: Items = ()
    blocked: Items = ()

    def pin(self, item: str, place: int) -> Curation:
        """The item at that place; whatever was pinned there moves on by one, and so on."""
        pins = {at: one for at, one in self.pins.items() if one != item}
        at, moving = min(max(place, 1), LAST_PLACE), item
        while moving and at <= LAST_PLACE:
            pins[at], moving, at = moving, pins.get(at, ""), at + 1
        return replace(self, pins=pins, blocked=_without(self.blocked, item))

    def unpin(self, item: str) -> Curation:
        """The item where its score puts it."""
        return replace(self, pins={at: one for at, one in self.pins.items() if one != item})

    def boost(self, item: str) -> Curation:
        """The item lifted."""
        plain = self.level(item)
        return replace(plain, boosted=(*plain.boosted, item), blocked=_without(self.blocked, item))

    def bury(self, item: str) -> Curation:
        """The item lowered."""
        plain = self.level(item)
        return replace(plain, buried=(*plain.buried, item), blocked=_without(self.blocked, item))

    def level(self, item: str) -> Curation:
        """The item neither lifted nor lowered."""
        return replace(self, boosted=_without(self.boosted, item), buried=_without(self.buried, item))

    def block(self, item: str) -> Curation:
        """The item not shown, and so neither pinned nor lifted nor lowered."""
        plain = self.unpin(item).level(item)
        return replace(plain, blocked=(*_without(self.blocked, item), item))

    def unblock(self, item: str) -> Curation:
        """The item shown where its score puts it."""
        return replace(self, blocked=_without(self.blocked, item))

    @property
    def items(self) -> set[str]:
        """All that something was done to."""
        return {*self.pins.values(), *self.boosted, *self.buried, *self.blocked}


class _Wanted(NamedTuple):
    """A configuration as it should be."""

    plugin: str
    number: int
    settings: dict[str, Any]


def curation(placement: Placement) -> Curation:
    """What was done by hand, as the draft has it; rules that are disabled do nothing."""
    pins: dict[int, str] = {}
    lists: dict[str, Items] = {}
    for rule in _own(placement):
        settings, plugin = rule.configuration.settings, rule.configuration.plugin
        items = tuple(settings.get("items", ()))
        if not rule.enabled:
            continue
        if plugin == "pin":
            pins |= dict(enumerate(items, start=settings.get("position", 1)))
        else:
            lists[plugin] = items
    return Curation(pins, *(lists.get(plugin, ()) for plugin in ("boost", "bury", "block")))


@transaction.atomic
def curate(placement: Placement, wanted: Curation, author: User | None = None) -> None:
    """Make the draft do this by hand: one change in the history, however many rules it touches."""
    Placement.objects.select_for_update().get(pk=placement.pk)  # clicks that come at once follow each other
    rules = {rule.configuration.slug: rule for rule in _own(placement)}
    last = max([rule.position for rule in placement.rules.all()], default=0)
    changed = []
    for one in _wanted(wanted):
        configuration = _configured(placement, one)
        rule = rules.pop(configuration.slug, None)
        if rule is None:
            last += 10
            rule = PlacementRule(configuration=configuration, position=last)
        rule.enabled = True
        changed.append(rule)
    save_placement(placement, changed, list(rules.values()), author, publishing=False)


def _wanted(curated: Curation) -> Iterator[_Wanted]:
    for number, (place, items) in enumerate(_runs(curated.pins), start=1):
        # 1 is the plugin's default, which is not stored.
        yield _Wanted("pin", number, {"items": items} | ({"position": place} if place > 1 else {}))
    for plugin, listed in (("boost", curated.boosted), ("bury", curated.buried), ("block", curated.blocked)):
        if listed:
            yield _Wanted(plugin, 1, {"items": list(listed)})


def _runs(pins: Mapping[int, str]) -> list[tuple[int, list[str]]]:
    """Neighbouring places together: the first place and the items from there on."""
    runs: list[tuple[int, list[str]]] = []
    for place, item in sorted(pins.items()):
        if runs and place == runs[-1][0] + len(runs[-1][1]):
            runs[-1][1].append(item)
        else:
            runs.append((place, [item]))
    return runs


def _configured(placement: Placement, wanted: _Wanted) -> Configuration:
    """The configuration, made or set; settings that the page does not know of, such as a window, stay."""
    name = NAMES[wanted.plugin] + (f"-{wanted.number}" if wanted.number > 1 else "")
    configuration, made = Configuration.objects.get_or_create(
        catalog=placement.catalog,
        kind=PluginKind.RULE,
        slug=f"{_stem(placement)}-{name}",
        defaults={
            "plugin": wanted.plugin,
            "title": f"{placement}: {name.replace('-', ' ')}"[:200],
            "settings": wanted.settings,
        },
    )
    kept = {key: value for key, value in configuration.settings.items() if key not in ("items", "position")}
    settings = kept | wanted.settings
    if not made and (configuration.settings, configuration.plugin) != (settings, wanted.plugin):
        configuration.settings, configuration.plugin = settings, wanted.plugin
        configuration.save()
    return configuration


def _own(placement: Placement) -> list[PlacementRule]:
    """The rules of the placement that are kept here."""
    own = re.compile(rf"{re.escape(_stem(placement))}-(?P<name>{'|'.join(NAMES.values())})(-\d+)?")
    found = []
    for rule in placement.rules.select_related("configuration").order_by("position", "id"):
        match = own.fullmatch(rule.configuration.slug)
        if match and NAMES.get(rule.configuration.plugin) == match["name"]:
            found.append(rule)
    return found


def _stem(placement: Placement) -> str:
    return placement.slug[:LONGEST_STEM]


def _without(items: Items, item: str) -> Items:
    return tuple(one for one in items if one != item)
