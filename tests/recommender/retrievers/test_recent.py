"""What is new."""

from __future__ import annotations

from datetime import UTC, datetime

from catalog.models import Item
from recommender.retrievers.recent import RecentRetriever, RecentSettings
from tests.recommender.retrievers.asking import asked, found
from tests.worlds import World


def test_the_last_published_come_first_then_those_without_a_date(world: World) -> None:
    for place, name in enumerate(("suit-red", "tent-grey")):
        Item.objects.filter(external_id=name).update(published_at=datetime(2026, 1, 1 + place, tzinfo=UTC))
    ids = found(RecentRetriever(RecentSettings()), world)
    assert ids[:2] == ["tent-grey", "suit-red"]
    assert len(ids) == 20


def test_scores_fall_from_one(world: World) -> None:
    scores = RecentRetriever(RecentSettings(k=4)).retrieve(*asked(world, limit=4)).scores
    assert scores.tolist() == [1.0, 0.75, 0.5, 0.25]
