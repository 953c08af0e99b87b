from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from recommender.models import Experiment, Recommendation
from tests.recommender.admin.rows import Shop

pytestmark = pytest.mark.django_db
LIST = "admin:recommender_recommendation_changelist"


def test_the_list_names_who_asked_for_what(shop: Shop, admin_client: Client) -> None:
    text = admin_client.get(reverse(LIST)).content.decode()
    for word in ("anna", "我需要一件高端的商务装", "Default v1", "complete"):
        assert word in text


def test_an_answer_shows_its_slate_and_times(shop: Shop, admin_client: Client) -> None:
    answer = Recommendation.objects.get()
    page = reverse("admin:recommender_recommendation_change", args=(answer.pk,))
    text = admin_client.get(page).content.decode()
    for word in ("一件高端商务装", "1.5000", "(deleted)", "retrieve", "3.2"):
        assert word in text
    assert admin_client.post(page, {}).status_code == 403


def test_an_answer_is_found_by_its_whole_id(shop: Shop, admin_client: Client) -> None:
    answer = Recommendation.objects.get()
    shop.grow()

    def found(query: str) -> list[Recommendation]:
        return list(admin_client.get(reverse(LIST), {"q": query}).context["cl"].result_list)

    assert found(str(answer.pk)) == [answer]
    assert found(str(answer.pk)[:8]) == []
    assert found("') --") == []


def test_answers_are_filtered_by_catalog(shop: Shop, admin_client: Client) -> None:
    Shop()
    page = admin_client.get(reverse(LIST), {"catalog_id": shop.catalog.pk})
    assert {answer.catalog_id for answer in page.context["cl"].result_list} == {shop.catalog.pk}


def test_an_answer_of_an_experiment_names_its_arm(shop: Shop, admin_client: Client) -> None:
    experiment = Experiment.objects.get()
    Recommendation.objects.update(experiment_id=experiment.pk, arm="B")
    page = reverse("admin:recommender_recommendation_change", args=(Recommendation.objects.get().pk,))
    assert f"{experiment.title}: B" in admin_client.get(page).content.decode()
    experiment.delete()
    assert "deleted experiment: B" in admin_client.get(page).content.decode()
