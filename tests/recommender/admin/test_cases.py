from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from recommender.models import SavedCase
from recommender.schemas import RecommendRequest
from recommender.services.cases import save_case
from tests.recommender.admin.forms import shown as form_of
from tests.worlds import World

pytestmark = pytest.mark.django_db


def kept(world: World, name: str, **request: object) -> SavedCase:
    return save_case(world.catalog, name, RecommendRequest.model_validate(request))


def test_the_list_leads_to_the_page_with_the_case_filled_in(world: World, admin_client: Client) -> None:
    case = kept(
        world,
        "Anna",
        profile_id="anna",
        text="a tent & a guitar",
        history=["suit-red", "suit-blue"],
        limit=4,
        language="zh",
        filter={"price_maximum": 20},
        minimum_relevance=0.1,
    )
    answer = admin_client.get(reverse("admin:recommender_savedcase_changelist"))
    text = answer.content.decode()
    assert "a tent &amp; a guitar" in text
    link = text.partition('href="/admin/recommender/savedcase/try/?catalog=')[2].partition('"')[0]
    address = f"{reverse('admin:recommender_savedcase_try')}?catalog={link}".replace("&amp;", "&")
    tried = admin_client.get(address).context["form"]
    assert tried.request == RecommendRequest.model_validate({**case.request, "profile_id": "anna"})


def test_a_case_can_be_renamed_and_deleted_but_not_made_by_a_form(world: World, admin_client: Client) -> None:
    case = kept(world, "Tent", text="a tent")
    page = reverse("admin:recommender_savedcase_change", args=(case.pk,))
    assert admin_client.get(reverse("admin:recommender_savedcase_add")).status_code == 403
    admin_client.post(page, {**form_of(admin_client, page), "name": "A tent"})
    case.refresh_from_db()
    assert (case.name, case.request) == ("A tent", {"text": "a tent"})
    admin_client.post(reverse("admin:recommender_savedcase_delete", args=(case.pk,)), {"post": "yes"})
    assert not SavedCase.objects.exists()


def test_a_case_that_the_api_takes_no_more_says_so(world: World, admin_client: Client) -> None:
    case = kept(world, "Odd", text="a tent")
    SavedCase.objects.filter(pk=case.pk).update(request={"mood": "good"})
    text = admin_client.get(reverse("admin:recommender_savedcase_changelist")).content.decode()
    assert "The API takes this request no more." in text
