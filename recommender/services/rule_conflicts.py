"""Rules that contradict each other, found when a placement or a pipeline is saved.

Reported are only rules that can hold at one moment for one person (`RuleSettings.meets`). Nothing of this breaks a
list: a place that is taken passes a pin on, what is blocked is nowhere. But it is hardly what somebody meant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from django.utils.translation import gettext as _

from catalog.models import Catalog
from recommender.models import Configuration
from recommender.models.configuration import PluginKind
from recommender.plugins.contracts import AnyPlugin
from recommender.plugins.exceptions import PluginError
from recommender.plugins.registry import create
from recommender.plugins.rule_settings import RuleSettings
from recommender.plugins.types import Ids
from recommender.rules.block import BlockRule
from recommender.rules.cap import CapRule
from recommender.rules.include_only import IncludeOnlyRule
from recommender.rules.pin import PinRule
from recommender.selectors.facts import targeted, values_of
from recommender.selectors.identities import item_ids


@dataclass(frozen=True)
class Named:
    """What a person calls a rule, and its settings."""

    name: str
    settings: RuleSettings


@dataclass(frozen=True)
class Pin(Named):
    """A pin that names something: the items in their order, each once, and the places (from 1) they stand at."""

    items: tuple[str, ...]
    places: range


def conflicts(catalog: Catalog, configurations: Iterable[Configuration]) -> list[str]:
    """What contradicts itself among these rules, all of them at work together; each with the way out."""
    return _Rules(catalog, _made(configurations)).told()


@dataclass(frozen=True)
class _Rules:
    """The rules that are compared, and what the database knows of the pinned items."""

    catalog: Catalog
    rules: Sequence[tuple[str, AnyPlugin]]

    def told(self) -> list[str]:
        """Everything, what is about pins alone first."""
        if not self.pins:
            return []
        return [*self._unknown(), *self._places(), *self._twice(), *self._refused(), *self._capped()]

    @cached_property
    def pins(self) -> list[Pin]:
        found = []
        for name, rule in self.rules:
            if isinstance(rule, PinRule) and rule.settings.items:
                items = tuple(dict.fromkeys(rule.settings.items))
                first = rule.settings.position
                found.append(Pin(name, rule.settings, items, range(first, first + len(items))))
        return found

    @cached_property
    def known(self) -> Mapping[str, int]:
        return item_ids(self.catalog.pk, list(dict.fromkeys(item for pin in self.pins for item in pin.items)))

    @property
    def ids(self) -> Ids:
        return np.array(list(self.known.values()), dtype=np.int64)

    def _unknown(self) -> Iterator[str]:
        for pin in self.pins:
            for item in pin.items:
                if item not in self.known:
                    yield _(
                        "“{pin}” pins item “{item}”, which {catalog} does not have: correct the id, or add the item."
                    ).format(pin=pin.name, item=item, catalog=self.catalog)

    def _places(self) -> Iterator[str]:
        for one, other in self._pairs():
            shared = range(max(one.places.start, other.places.start), min(one.places.stop, other.places.stop))
            if shared:
                yield _(
                    "“{one}” and “{other}” both pin place {place}: move one of them, or let them hold at other times."
                ).format(one=one.name, other=other.name, place=shared.start)

    def _twice(self) -> Iterator[str]:
        for one, other in self._pairs():
            for item in [item for item in one.items if item in other.items]:
                yield _("“{one}” and “{other}” both pin item “{item}”: take it out of one of them.").format(
                    one=one.name, other=other.name, item=item
                )

    def _refused(self) -> Iterator[str]:
        for name, rule in self.rules:
            if isinstance(rule, BlockRule):
                yield from self._out_of_reach(
                    Named(name, rule.settings),
                    targeted(self.ids, rule.settings.target).tolist(),
                    _("“{pin}” pins item “{item}”, which “{rule}” blocks: take it out of one of them."),
                )
            elif isinstance(rule, IncludeOnlyRule) and not rule.settings.target.is_empty:
                yield from self._out_of_reach(
                    Named(name, rule.settings),
                    (~targeted(self.ids, rule.settings.target)).tolist(),
                    _(
                        "“{pin}” pins item “{item}”, which is not in what “{rule}” lets in: add it there, or take it "
                        "out of the pin."
                    ),
                )

    def _out_of_reach(self, rule: Named, refused: Sequence[bool], message: str) -> Iterator[str]:
        gone = {item for item, is_gone in zip(self.known, refused, strict=True) if is_gone}
        for pin in self.pins:
            if rule.settings.meets(pin.settings):
                for item in [item for item in pin.items if item in gone]:
                    yield message.format(pin=pin.name, item=item, rule=rule.name)

    def _capped(self) -> Iterator[str]:
        for name, rule in self.rules:
            if isinstance(rule, CapRule):
                values = dict(zip(self.known, values_of(self.ids, rule.settings.per), strict=True))
                yield from self._beyond(name, rule, values)

    def _beyond(self, name: str, cap: CapRule, values: Mapping[str, Sequence[str]]) -> Iterator[str]:
        """Values of which the pins that can hold together with the cap have more than it allows."""
        most, per = cap.settings.maximum, cap.settings.per
        told: set[str] = set()
        for first in [pin for pin in self.pins if cap.settings.meets(pin.settings)]:
            beside = [pin for pin in self.pins if pin is first or self._meet(first, pin, cap.settings)]
            pinned: dict[str, set[str]] = defaultdict(set)
            for item in [item for pin in beside for item in pin.items]:
                for value in values.get(item, ()):
                    pinned[value].add(item)
            for value, items in pinned.items():
                if len(items) > most and value not in told:
                    told.add(value)
                    yield _(
                        "“{cap}” lets in {most} of {per} “{value}”, but {pins} pin {count}: raise it, or pin fewer."
                    ).format(
                        cap=name,
                        most=most,
                        per=per,
                        value=value,
                        pins=", ".join(f"“{pin.name}”" for pin in beside if items & set(pin.items)),
                        count=len(items),
                    )

    def _pairs(self) -> Iterator[tuple[Pin, Pin]]:
        return (pair for pair in combinations(self.pins, 2) if pair[0].settings.meets(pair[1].settings))

    def _meet(self, one: Pin, other: Pin, cap: RuleSettings) -> bool:
        return one.settings.meets(other.settings) and cap.meets(other.settings)


def _made(configurations: Iterable[Configuration]) -> list[tuple[str, AnyPlugin]]:
    """The rules among them; one that cannot be made is no conflict, and reported elsewhere."""
    made = []
    for one in configurations:
        if one.kind != PluginKind.RULE:
            continue
        try:
            made.append((str(one), create(one.kind, one.plugin, one.settings, one.slug)))
        except PluginError:
            continue
    return made
