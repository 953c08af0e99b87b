"""Multi-gate mixture of experts (Ma et al., KDD 2018): a task for each kind of event, each with its own mixture."""

from __future__ import annotations

from pydantic import Field

from recommender.fusion_strategies.experts import Shape
from recommender.fusion_strategies.kind_experts import KindExperts, KindSettings


class MMoESettings(KindSettings):
    """How many experts, and how much each kind counts."""

    experts: int = Field(
        4,
        ge=1,
        le=16,
        title="Experts",
        description="Small networks that all kinds share; each kind trusts them in its own way. One expert is a shared "
        "bottom. Takes effect with the next training.",
    )


class MMoEFusion(KindExperts[MMoESettings]):
    """f_k = Σ_e g_k(x)_e · expert_e(x), g_k a softmax; p_k from a tower over f_k and a straight line over x."""

    name = "mmoe"
    title = "Mixture of experts"
    summary = "Learns every kind of event at once; kinds are combined by weights that you move."
    Settings = MMoESettings

    def shape(self, inputs: int, kinds: int) -> Shape:
        """One level of shared experts."""
        return Shape(inputs, kinds, self.settings.experts)
