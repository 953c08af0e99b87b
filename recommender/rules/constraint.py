"""Logic over attributes and relations: what is never shown, or only after something else, or never with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field, field_validator

from recommender.plugins import data
from recommender.plugins.contracts import Rule
from recommender.plugins.rule_settings import RuleSettings
from recommender.plugins.types import Ids, Mask, Profile, Query, RuleHit, Slate

Condition = tuple[str, str]
"""An attribute's name and a value of it; `category` and `tag` are the item's own."""

_NEVER = r"([^=]+?)\s*=\s*((?:(?!\sunless\s)[^=])+?)"
_APART = r"([^=]+?)\s*=\s*((?:(?!\swith\s)[^=])+?)"
NEVER = re.compile(rf"{_NEVER}(?:\s+unless\s+{_NEVER})?")
APART = re.compile(rf"{_APART}\s+with\s+{_APART}")


class ConstraintSettings(RuleSettings):
    """The rules, one a line."""

    after: tuple[str, ...] = Field(
        default=(),
        max_length=20,
        title="Only after the item that it points to",
        description="Relations from an item to one that must have been seen first, such as successor_of.",
    )
    before: tuple[str, ...] = Field(
        default=(),
        max_length=20,
        title="Only after the item that points to it",
        description="The same for relations that are told the other way round, such as has_sequel.",
    )
    never: tuple[str, ...] = Field(
        default=(),
        max_length=50,
        title="Never shown",
        description="Such as “rating = 18”, or “rating = 18 unless genre = horror”: unless the person chose such an "
        "item. category and tag count as attributes.",
    )
    apart: tuple[str, ...] = Field(
        default=(),
        max_length=50,
        title="Never together",
        description="Such as “brand = Aoki with brand = Nord”: the side that ranks first stays, the other goes. "
        "The same twice: at most one such item.",
    )

    @field_validator("never")
    @classmethod
    def _never_is_understood(cls, lines: tuple[str, ...]) -> tuple[str, ...]:
        return _understood(NEVER, lines, "attribute = value, or attribute = value unless attribute = value")

    @field_validator("apart")
    @classmethod
    def _apart_is_understood(cls, lines: tuple[str, ...]) -> tuple[str, ...]:
        return _understood(APART, lines, "attribute = value with attribute = value")


def _understood(pattern: re.Pattern[str], lines: tuple[str, ...], form: str) -> tuple[str, ...]:
    """The lines without blanks around them, or an error that says which one is not understood and how to write it."""
    stripped = tuple(line.strip() for line in lines)
    for line in stripped:
        if not pattern.fullmatch(line):
            raise ValueError(f"“{line}” is not understood: write {form}.")
    return stripped


@dataclass(frozen=True)
class Refusal:
    """Items of a ranking that a line refuses, and the line as a reason."""

    places: Mask
    effect: str


class ConstraintRule(Rule[ConstraintSettings]):
    """Takes refused items out of the whole ranking, so that the next ones move up and no later rule brings one back.

    This is the one thing that may make a list shorter than its limit: what must never be shown is not shown for want of
    something else. Each item that goes leaves a hit with the reason.
    """

    name = "constraint"
    title = "Constraint"
    summary = "Keeps out of a list what attributes, relations and the person's past do not allow."
    phase = "limit"
    Settings = ConstraintSettings

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        """The ranking without what is refused, line after line."""
        allowed = np.ones(len(slate), dtype=np.bool_)
        hits: list[RuleHit] = []
        for refusal in self._refusals(slate, profile, query):
            gone = allowed & refusal.places
            hits += [RuleHit(self.slug, item_id, refusal.effect) for item_id in slate.item_ids[gone].tolist()]
            allowed &= ~gone
        allowed, together = self._together(slate, allowed)
        return slate.take(np.flatnonzero(allowed)).with_hits([*hits, *together]) if not allowed.all() else slate

    def _refusals(self, slate: Slate, profile: Profile, query: Query) -> Iterator[Refusal]:
        pairs = [*self._required(slate.item_ids)]
        if pairs:
            unseen = _unseen(pairs, profile, query)
            yield Refusal(np.isin(slate.item_ids, unseen), "left out: what comes before it has not been seen")
        yield from self._never(slate, profile)

    def _required(self, item_ids: Ids) -> Iterator[tuple[int, int]]:
        """Items of the ranking, each with one that must have been seen first."""
        heads, tails = data.item_edges(item_ids, self.settings.after)
        yield from zip(heads.tolist(), tails.tolist(), strict=True)
        heads, tails = data.item_edges(item_ids, self.settings.before, incoming=True)
        yield from zip(tails.tolist(), heads.tolist(), strict=True)

    def _never(self, slate: Slate, profile: Profile) -> Iterator[Refusal]:
        lines = [_parts(NEVER, line) for line in self.settings.never]
        refused = data.having(slate.item_ids, [(line[0], line[1]) for line in lines])
        excuses = [(line[2], line[3]) for line in lines if len(line) == 4]
        chosen = iter([bool(row.any()) for row in data.having(profile.history.item_ids, excuses)])
        for line, text, places in zip(lines, self.settings.never, refused, strict=True):
            if len(line) == 2 or not next(chosen):
                yield Refusal(places, f"left out: never {text}")

    def _together(self, slate: Slate, allowed: Mask) -> tuple[Mask, list[RuleHit]]:
        """Of each pair of sides the one whose first item ranks higher stays; of twice the same side its first item."""
        lines = [_parts(APART, line) for line in self.settings.apart]
        sides = [(line[at], line[at + 1]) for line in lines for at in (0, 2)]
        held = data.having(slate.item_ids, sides)
        kept, hits = allowed.copy(), []
        for number, text in enumerate(self.settings.apart):
            gone = _losing(held[2 * number] & kept, held[2 * number + 1] & kept)
            kept[gone] = False
            effect = f"left out: never together, {text}"
            hits += [RuleHit(self.slug, item_id, effect) for item_id in slate.item_ids[gone].tolist()]
        return kept, hits


def _parts(pattern: re.Pattern[str], line: str) -> tuple[str, ...]:
    found = pattern.fullmatch(line)
    assert found is not None  # the settings were validated
    return tuple(part.strip() for part in found.groups() if part is not None)


def _losing(one: Mask, other: Mask) -> Ids:
    """Places of the side that goes. An item of both sides belongs to the one that stays."""
    first, second = np.flatnonzero(one), np.flatnonzero(other)
    if np.array_equal(first, second):
        return first[1:]
    if not len(first) or not len(second):
        return np.empty(0, dtype=np.int64)
    staying, going = (first, second) if first[0] <= second[0] else (second, first)
    return np.setdiff1d(going, staying)


def _unseen(pairs: Sequence[tuple[int, int]], profile: Profile, query: Query) -> list[int]:
    """Items that lack one of those that must have been seen: chosen, disliked or consumed by the person."""
    seen = {*profile.history.item_ids.tolist(), *profile.disliked.item_ids.tolist()}
    lacking = [pair for pair in pairs if pair[1] not in seen]
    if lacking and (profile.profile_id is not None or profile.session_id):
        seen |= set(_consumed(profile, query))
        lacking = [pair for pair in lacking if pair[1] not in seen]
    return list(dict.fromkeys(item_id for item_id, _ in lacking))


def _consumed(profile: Profile, query: Query) -> Iterable[int]:
    past = data.past(query.catalog_id, profile.profile_id, profile.session_id)
    consumed: list[int] = past.consumed.tolist()
    return consumed
