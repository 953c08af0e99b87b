from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Catalog
from recommender.models import ModelVersion, Pipeline, Scorecard
from tests.recommender.admin.forms import errors
from tests.recommender.admin.rows import Shop
from tests.recommender.training import cards

pytestmark = pytest.mark.django_db
ADD = "admin:recommender_scorecard_add"


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    return cards.figures(people=120)


def kept(shop: Shop, figures: dict[str, Any], **values: Any) -> Scorecard:
    wanted = {"seed": 0, "questions": 300}
    return Scorecard.objects.create(
        catalog=shop.catalog,
        pipeline=shop.pipeline,
        status="done",
        progress=1.0,
        figures=figures,
        settings=wanted,
        **values,
    )


def page(scorecard: Scorecard, **query: Any) -> str:
    return reverse("admin:recommender_scorecard_change", args=(scorecard.pk,), query=query)


def test_the_page_shows_plots_and_every_table(shop: Shop, figures: dict[str, Any], admin_client: Client) -> None:
    text = admin_client.get(page(kept(shop, figures))).content.decode()
    assert text.count("<figure") == 2
    total = figures["systems"]["default"]["segments"]["total"]["ndcg"]["mean"]
    for word in (
        f"{total:.4f}",
        "Popularity",
        "Default, untrained",
        "Recall@20",
        "MRR",
        "Calibration",
        "ECE",
        "better",
    ):
        assert word in text, word
    for word in ("Groups of “region”", "Share of the catalog shown", "14.2 ms", "known people", "None yet"):
        assert word in text, word


def test_two_scorecards_are_compared(shop: Shop, figures: dict[str, Any], admin_client: Client) -> None:
    first, second = kept(shop, figures), kept(shop, cards.figures("mail", people=120))
    text = admin_client.get(page(first)).content.decode()
    assert f'<option value="{second.pk}"' in text
    assert "Ratio" not in text
    text = admin_client.get(page(first, **{"with": second.pk})).content.decode()
    assert "the differences are paired" in text
    assert text.count("<figure") == 3
    apart = kept(shop, cards.figures(people=120, draw=1))
    assert "asked different questions" in admin_client.get(page(first, **{"with": apart.pk})).content.decode()


@pytest.mark.parametrize("chosen", ["", "x", "0", "' --"])
def test_what_cannot_be_compared_is_left_alone(
    chosen: str, shop: Shop, figures: dict[str, Any], admin_client: Client
) -> None:
    stranger = kept(Shop(), figures)
    first = kept(shop, figures)
    for one in (chosen, str(stranger.pk), str(first.pk)):
        answer = admin_client.get(page(first, **{"with": one}))
        assert answer.status_code == 200
        assert answer.context["other"] is None


def test_one_that_failed_says_why(shop: Shop, admin_client: Client) -> None:
    failed = kept(shop, {}, reason="There are <3 people.")
    Scorecard.objects.filter(pk=failed.pk).update(status="failed")
    assert "There are &lt;3 people." in admin_client.get(page(failed)).content.decode()
    assert "There are &lt;3" in admin_client.get(reverse("admin:recommender_scorecard_changelist")).content.decode()


def test_one_that_is_being_made_shows_how_far_it_is(shop: Shop, admin_client: Client) -> None:
    making = kept(shop, {})
    Scorecard.objects.filter(pk=making.pk).update(status="running", step="asking Popularity", progress=0.62)
    text = admin_client.get(page(making)).content.decode()
    assert "Asking popularity" in text
    assert "62 %" in text
    assert "<figure" not in text


def test_the_list_shows_the_figure_without_reading_all(
    shop: Shop, figures: dict[str, Any], admin_client: Client
) -> None:
    kept(shop, figures)
    text = admin_client.get(reverse("admin:recommender_scorecard_changelist")).content.decode()
    row = figures["comparisons"]["untrained"]["total"]
    assert f"{row['ours']:.4f}" in text
    assert f"× {row['ratio']:.3f}" in text


def test_a_new_one_is_ordered(
    shop: Shop, admin_client: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[int] = []
    monkeypatch.setattr("recommender.tasks.make_scorecard.delay", sent.append)
    mail = Pipeline.objects.create(catalog=shop.catalog, slug="mail", title="Mail")
    values = {"pipeline": shop.pipeline.pk, "others": [mail.pk], "attributes": "region, age", "questions": 50}
    with django_capture_on_commit_callbacks(execute=True):
        answer = admin_client.post(reverse(ADD), values)
    assert answer.status_code == 302, errors(answer)
    made = Scorecard.objects.first()
    assert made is not None
    assert sent == [made.pk]
    assert answer.headers["Location"] == page(made)
    wanted = {"seed": 0, "questions": 50, "others": ["mail"], "attributes": ["region", "age"]}
    assert (made.status, made.settings) == ("queued", wanted)


def test_what_belongs_to_another_pipeline_or_catalog_is_refused(shop: Shop, admin_client: Client) -> None:
    other = Pipeline.objects.create(catalog=shop.catalog, slug="mail", title="Mail")
    version = ModelVersion.objects.create(catalog=shop.catalog, pipeline=other, number=1)
    stranger = Pipeline.objects.create(catalog=Catalog.objects.create(slug="far"), slug="far", title="Far")
    before = Scorecard.objects.count()
    values = {"pipeline": shop.pipeline.pk, "questions": 50, "model_version": version.pk, "others": [stranger.pk]}
    told = errors(admin_client.post(reverse(ADD), values))
    assert "It belongs to “Mail”" in told
    assert "Of another catalog: “Far”" in told
    assert Scorecard.objects.count() == before
