"""Progressive layered extraction (Tang et al., RecSys 2020): experts of each kind's own beside shared ones."""

from __future__ import annotations

from pydantic import Field

from recommender.fusion_strategies.experts import Shape
from recommender.fusion_strategies.kind_experts import KindExperts, KindSettings


class PLESettings(KindSettings):
    """How many experts and levels, and how much each kind counts."""

    shared: int = Field(
        2, ge=1, le=8, title="Shared experts", description="In each level, for all kinds. From the next training on."
    )
    specific: int = Field(
        1, ge=1, le=4, title="Experts of a kind", description="In each level, for each kind. From the next training on."
    )
    levels: int = Field(2, ge=1, le=3, title="Levels", description="From the next training on.")


class PLEFusion(KindExperts[PLESettings]):
    """Every level: a gate per kind over its own experts and the shared ones; the shared gate sees all of them."""

    name = "ple"
    title = "Progressive layered extraction"
    summary = "As the mixture of experts, where kinds of event pull apart: each kind has experts of its own as well."
    Settings = PLESettings

    def shape(self, inputs: int, kinds: int) -> Shape:
        """Levels of shared experts and each kind's own."""
        return Shape(inputs, kinds, self.settings.shared, self.settings.specific, self.settings.levels)
