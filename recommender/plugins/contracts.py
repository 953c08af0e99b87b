"""The public plugin contracts: five kinds, one mandatory method each.

A plugin is a class with a `name`, a `title`, a `summary`, and a nested `Settings` class when it has any. It is made
for free with its validated settings; whatever is heavy (weights, torch) is loaded in `load()`, once per process. Data
comes from `recommender.plugins.data` and from the values a method is given; a method never changes its input.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from recommender.plugins.types import Candidates, Profile, Query, Role, Scores, Shortlist, Slate, Vectors

API_VERSION = 1


class PluginSettings(BaseModel):
    """Settings of a plugin: typed, frozen, nothing unknown. Titles, limits and descriptions become the admin's form."""

    model_config = ConfigDict(extra="forbid", frozen=True)


S = TypeVar("S", bound=PluginSettings)


class Plugin(ABC, Generic[S]):
    """What the five kinds share."""

    api_version: ClassVar[int] = API_VERSION
    kind: ClassVar[str]
    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    Settings: ClassVar[type[PluginSettings]] = PluginSettings

    def __init__(self, settings: S, slug: str = "") -> None:
        self.settings = settings
        self.slug = slug or self.name

    def load(self) -> None:
        """Load what is heavy. Called once per process before the first use; may raise PluginUnavailableError."""

    @property
    def spaces(self) -> tuple[str, ...]:
        """Keys of the vector spaces the plugin reads; an empty key is the pipeline's first."""
        space = getattr(self.settings, "space", None)
        return () if space is None else (space,)


class Encoder(Plugin[S]):
    """Text → vectors: P = M_W(X) for a person's words, F = M_W(D) for an item's."""

    kind = "encoder"

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Length of a vector. May load the model."""

    @abstractmethod
    def encode(self, texts: list[str], role: Role) -> Vectors:
        """Unit rows (len(texts), dimension), float32, in the order of the texts. An empty text gives a zero row.

        `role` is “query” for a person's words and “item” for an item's text; many models want a prefix for each.
        """


class Retriever(Plugin[S]):
    """Profile → shortlist."""

    kind = "retriever"

    @abstractmethod
    def retrieve(self, profile: Profile, query: Query) -> Shortlist:
        """Eligible items only (the functions of `data` see to that), best first; empty with nothing to go by."""


class Ranker(Plugin[S]):
    """Candidates → one or more named score columns."""

    kind = "ranker"
    columns: ClassVar[tuple[str, ...]]

    @abstractmethod
    def rank(self, profile: Profile, candidates: Candidates) -> Scores:
        """A column (n,) for each name in `columns`, n = len(candidates.features): candidates and reference alike."""


class FusionStrategy(Plugin[S]):
    """φ(S, P, F): many scores → one."""

    kind = "fusion_strategy"

    @abstractmethod
    def fuse(self, profile: Profile, candidates: Candidates) -> Slate:
        """All candidates, best first, with every column's share of each score."""


PHASES = ("eligible", "score", "spread", "reserve", "limit", "pin")
"""The order in which rules are applied, those of a pipeline and of a placement together: what restricts the catalog,
what changes scores, what spaces out, what reserves places, what limits them, what stands in a place of its own."""
Phase = Literal["eligible", "score", "spread", "reserve", "limit", "pin"]


class Rule(Plugin[S]):
    """Ranking → slate. A rule reorders, spaces out and reserves; it never thins the list below the limit.

    Rules run by `phase`, then by `place`, then those of the pipeline before those of the placement, by position. The
    settings of a rule inherit from `rule_settings.RuleSettings`: outside their window or audience it is not asked.
    """

    kind = "rule"
    phase: ClassVar[Phase] = "spread"

    @property
    def place(self) -> float:
        """Within the phase, lower first."""
        return 0.0

    def restrict(self, query: Query) -> Query:
        """Narrow what is eligible, before anything is retrieved. Most rules leave the query as it is."""
        return query

    @abstractmethod
    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        """The ranking as the rule wants it, with a RuleHit for each item it touched."""


AnyPlugin = Plugin[Any]
KINDS: dict[str, type[AnyPlugin]] = {kind.kind: kind for kind in (Encoder, Retriever, Ranker, FusionStrategy, Rule)}
