"""Changing a pipeline's encoder: the new space is built beside the old one while requests go on; the two never mix."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event as Flag

from django.db import connection

from recommender.models import Configuration, Space
from recommender.services.item_encoding import encode_items
from recommender.services.pipelines import save_configuration
from tests.worlds import World, shown


def test_an_encoder_is_switched_under_load(world: World) -> None:
    stop = Flag()

    def ask_until_stopped(number: int) -> set[int]:
        """Ask on and on; the dimensions of the spaces that the answers were made in."""
        seen: set[int] = set()
        try:
            while not stop.is_set():
                answer = world.recommend(text=f"a guitar for songs {number}", history=["tent-red"], limit=24)
                assert not answer.degraded, answer.left_out
                assert len(shown(answer)) == 24
                seen |= set(Space.objects.filter(status="live").values_list("dimension", flat=True))
        finally:
            connection.close()
        return seen

    with ThreadPoolExecutor(3) as pool:
        askers = [pool.submit(ask_until_stopped, number) for number in range(3)]
        for dimension in (64, 200, 96):
            encoder = Configuration.objects.get(catalog=world.catalog, kind="encoder")
            encoder.settings = {"dimension": dimension}
            save_configuration(encoder)
            encode_items(world.catalog)
        stop.set()
        seen = set().union(*(asker.result(timeout=60) for asker in askers))

    live = Space.objects.get(catalog=world.catalog, status=Space.Status.LIVE)
    assert live.dimension == 96
    assert len(seen) >= 2
    assert Space.objects.filter(status=Space.Status.RETIRED).count() == 3
