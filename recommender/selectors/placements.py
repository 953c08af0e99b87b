"""The placements that requests may name."""

from __future__ import annotations

from django.db.models import F

from recommender.models import Revision
from recommender.schemas import PlacementInfo
from recommender.selectors.revisions import rows_of


def published_placements(catalog_id: int) -> list[PlacementInfo]:
    """The catalog's published placements by slug, as they answer."""
    live = Revision.objects.filter(placement__catalog=catalog_id, version=F("placement__version"))
    return [
        PlacementInfo(
            placement=slug,
            title=state["title"],
            version=version or 0,
            pipeline=state["pipeline"],
            filter=state["filter"],
            minimum_relevance=state["minimum_relevance"],
            overrides=state["overrides"],
            rules=[row["title"] or row["slug"] for row in rows_of(state) if row["enabled"]],
        )
        for slug, version, state in live.order_by("placement__slug").values_list(
            "placement__slug", "version", "snapshot"
        )
    ]
