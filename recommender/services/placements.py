"""Writes of placements."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from recommender.models import Placement, PlacementRule
from recommender.services.revisions import keep, publish, save_draft
from users.models import User


@transaction.atomic
def save_placement(
    placement: Placement,
    rules: Sequence[PlacementRule] = (),
    removed: Sequence[PlacementRule] = (),
    author: User | None = None,
    *,
    publishing: bool = True,
) -> Placement:
    """Save a placement with the rules that are new or changed, and without those removed; as a draft, or published."""
    save_draft(placement)
    for rule in removed:
        rule.delete()
    for rule in rules:
        rule.placement = placement
        rule.save()
    (publish if publishing else keep)(placement, author)
    return placement
