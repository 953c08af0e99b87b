"""A trained forest at request time: LightGBM's own text, the leaves' scores, and what each source adds to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from recommender.fusion_strategies.fusion_features import CONSTANT, Layout, Matrix
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.training import Rows
from recommender.plugins.types import Floats

EXACT = 20
"""So many of the best have TreeSHAP values (Lundberg et al., 2020); they cost 0.1 ms each. The others have the changes
of the expected score along their way down each tree (Saabas, 2014), which depend on the leaf alone: one product."""
METHOD = "shares by TreeSHAP"
ONE_THREAD = {"num_threads": 1}


@dataclass(frozen=True)
class Forest:
    """The booster, and for every leaf of every tree what each owner adds on the way to it, (leaves, owners)."""

    layout: Layout
    booster: Any
    offsets: Rows
    leaf_shares: Matrix

    @classmethod
    def of(cls, layout: Layout, text: str) -> Forest:
        """Read LightGBM's text. It names no code to run; a text that is none raises PluginUnavailableError."""
        import lightgbm

        try:
            booster = lightgbm.Booster(model_str=text)
            trees = booster.dump_model()["tree_info"]
        except (lightgbm.basic.LightGBMError, ValueError, KeyError) as error:
            raise PluginUnavailableError(f"The trained trees cannot be read: {error}") from error
        if not trees or booster.num_feature() != layout.width:
            raise PluginUnavailableError(
                f"The trained trees read {booster.num_feature()} numbers an item, not {layout.width}."
            )
        counts = np.array([tree["num_leaves"] for tree in trees], dtype=np.int64)
        shares = np.concatenate([_leaves(tree, layout) for tree in trees])
        return cls(layout, booster, np.cumsum(counts) - counts, shares)

    def shares(self, x: Floats) -> Matrix:
        """Each owner's share (n, owners) of the scores of rows (n, width)."""
        if not len(x):
            return np.zeros((0, len(self.layout.owners)))
        leaves = self.booster.predict(x, pred_leaf=True, **ONE_THREAD).astype(np.int64) + self.offsets
        n, trees = leaves.shape
        passed = csr_matrix(
            (np.ones(leaves.size), leaves.ravel(), np.arange(n + 1) * trees), shape=(n, len(self.leaf_shares))
        )
        shares = np.asarray(passed @ self.leaf_shares)
        best = np.argsort(-shares.sum(axis=1), kind="stable")[:EXACT]
        exact = self.booster.predict(x[best], pred_contrib=True, **ONE_THREAD)
        shares[best] = self.layout.by_owner(exact[:, :-1])
        shares[best, len(self.layout.columns) + CONSTANT] += exact[:, -1]
        return shares


def _leaves(tree: dict[str, Any], layout: Layout) -> Matrix:
    """Shares (leaves, owners) of one tree's leaves: the root's expected score is the constant's."""
    shares = np.zeros((tree["num_leaves"], len(layout.owners)))
    root = tree["tree_structure"]
    way = np.zeros(len(layout.owners))
    way[len(layout.columns) + CONSTANT] = _expected(root)[0]
    _descend(root, way, shares, layout)
    return shares


def _descend(node: dict[str, Any], way: Matrix, shares: Matrix, layout: Layout) -> None:
    if "split_feature" not in node:
        shares[node.get("leaf_index", 0)] = way
        return
    here, owner = _expected(node)[0], layout.owner[node["split_feature"]]
    for child in (node["left_child"], node["right_child"]):
        further = way.copy()
        further[owner] += _expected(child)[0] - here
        _descend(child, further, shares, layout)


def _expected(node: dict[str, Any]) -> tuple[float, int]:
    """Mean score under a node, over the rows it was trained on, and their number: as TreeSHAP has it."""
    if "split_feature" not in node:
        return float(node["leaf_value"]), int(node.get("leaf_count", 1))
    (left, lefts), (right, rights) = _expected(node["left_child"]), _expected(node["right_child"])
    return (left * lefts + right * rights) / max(lefts + rights, 1), lefts + rights
