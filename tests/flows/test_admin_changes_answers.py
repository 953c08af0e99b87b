"""What an editor publishes in the admin decides the next answer of the API; what is only saved does not."""

from __future__ import annotations

from django.test import Client

from recommender.models import Configuration, Pipeline
from tests.api_clients import api_client
from tests.recommender.admin.forms import errors, shown
from tests.worlds import World


def test_another_fusion_strategy_changes_the_next_answer(world: World, admin_client: Client) -> None:
    api = api_client(world.catalog)
    wanted = {"text": "a guitar for songs", "limit": 24, "explain": True}
    before = api.post("/api/v1/recommendations/", wanted, format="json").json()
    pipeline = Pipeline.objects.get(catalog=world.catalog, is_default=True)
    chosen = Configuration.objects.get(catalog=world.catalog, kind="fusion_strategy", plugin="reciprocal-rank")
    address = f"/admin/recommender/pipeline/{pipeline.pk}/change/"
    values = shown(admin_client, address)
    fusion = Configuration.objects.get(catalog=world.catalog, kind="fusion_strategy", plugin="linear")
    field = next(
        name for name, value in values.items() if name.endswith("-configuration") and str(value) == str(fusion.pk)
    )
    response = admin_client.post(address, {**values, field: chosen.pk})
    assert response.status_code == 302, errors(response)
    saved = api.post("/api/v1/recommendations/", wanted, format="json").json()
    assert [item["score"] for item in saved["items"]] == [item["score"] for item in before["items"]]
    admin_client.post(f"/admin/recommender/pipeline/{pipeline.pk}/publish/")
    after = api.post("/api/v1/recommendations/", wanted, format="json").json()
    assert "fusion linear" in before["timings"]
    assert "fusion reciprocal-rank" in after["timings"]
    assert [item["score"] for item in before["items"]] != [item["score"] for item in after["items"]]
