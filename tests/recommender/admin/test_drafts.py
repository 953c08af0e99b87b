from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from recommender.models import Pipeline
from recommender.selectors.revisions import unpublished_changes
from recommender.services.pipelines import save_configuration, save_pipeline
from recommender.serving.assembly import specifications
from tests.recommender.admin.access import member
from tests.recommender.admin.rows import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """What answers: the popular, 100 of them. The draft: 7 of them."""
    save_pipeline(shop.pipeline)
    shop.popular.settings = {"k": 7}
    save_configuration(shop.popular, publishing=False)
    return shop


def address(name: str, pipeline: Pipeline) -> str:
    return reverse(f"admin:recommender_pipeline_{name}", args=(pipeline.pk,))


def press(client: Client, pipeline: Pipeline, name: str, **fields: Any) -> str:
    answer = client.post(address(name, pipeline), fields, follow=True)
    pipeline.refresh_from_db()
    return " ".join(str(one) for one in answer.context["messages"])


def answers_with(pipeline: Pipeline) -> dict[str, Any]:
    return specifications(pipeline.pk)[0].settings


def test_the_page_says_how_the_draft_differs(shop: Shop, admin_client: Client) -> None:
    page = admin_client.get(address("change", shop.pipeline))
    assert page.context["draft"]["changes"] == [{"what": "Popular (popular): k", "before": "—", "after": "7"}]
    assert "The draft differs from what answers" in page.content.decode()
    press(admin_client, shop.pipeline, "publish")
    assert "there are no unpublished changes" in admin_client.get(address("change", shop.pipeline)).content.decode()
    assert answers_with(shop.pipeline) == {"k": 7}


def test_a_draft_is_discarded_and_stays_in_the_history(shop: Shop, admin_client: Client) -> None:
    press(admin_client, shop.pipeline, "discard")
    shop.popular.refresh_from_db()
    assert (shop.popular.settings, unpublished_changes(shop.pipeline)) == ({}, [])
    assert [one.snapshot["stages"][0]["settings"] for one in shop.pipeline.revisions.all()] == [{}, {"k": 7}, {}]


def test_what_cannot_run_is_not_published(shop: Shop, admin_client: Client) -> None:
    shop.popular.settings = {"k": 0}
    save_configuration(shop.popular, publishing=False)
    assert "“Popular” cannot run" in admin_client.get(address("change", shop.pipeline)).content.decode()
    assert "Nothing was published: “Popular” cannot run" in press(admin_client, shop.pipeline, "publish")
    assert answers_with(shop.pipeline) == {}


def test_the_history_tells_who_changed_what_and_restores_it(shop: Shop, admin_client: Client) -> None:
    press(admin_client, shop.pipeline, "publish")
    entries = admin_client.get(address("history", shop.pipeline)).context["history"]["entries"]
    assert [(one["revision"].number, one["answers"], one["is_draft"]) for one in entries] == [
        (2, True, True),
        (1, False, False),
    ]
    assert entries[0]["changes"] == [{"what": "Popular (popular): k", "before": "—", "after": "7"}]
    assert "what it was after change 1" in press(admin_client, shop.pipeline, "restore", number="1")
    assert answers_with(shop.pipeline) == {"k": 7}
    press(admin_client, shop.pipeline, "restore", number="1", publish="1")
    assert answers_with(shop.pipeline) == {}
    assert "no such change" in press(admin_client, shop.pipeline, "restore", number="99")


def test_what_was_deleted_since_is_named(shop: Shop, admin_client: Client) -> None:
    save_pipeline(shop.pipeline, removed=list(shop.pipeline.stages.filter(configuration=shop.popular)))
    shop.popular.delete()
    assert "“Popular” was deleted since" in press(admin_client, shop.pipeline, "restore", number="1")


def test_pipelines_that_share_a_configuration_keep_the_change_as_theirs(shop: Shop, admin_client: Client) -> None:
    admin_client.post(
        reverse("admin:recommender_pipeline_add"), {"catalog": shop.catalog.pk, "title": "Mail", "slug": "mail"}
    )
    mail = Pipeline.objects.get(slug="mail")
    assert answers_with(mail) == {"k": 7}
    press(admin_client, shop.pipeline, "discard")
    assert answers_with(mail) == {"k": 7}
    assert [one["after"] for one in unpublished_changes(mail)] == [None]
    rows = admin_client.get(reverse("admin:recommender_pipeline_changelist")).context["cl"].result_list
    assert {one.slug: one.live_state != one.draft_state for one in rows} == {"default": False, "mail": True}


def test_a_pipeline_that_was_never_published_keeps_answering_as_it_stood(shop: Shop) -> None:
    shop.pipeline.revisions.all().delete()
    shop.popular.settings = {"k": 9}
    save_configuration(shop.popular, publishing=False)
    assert answers_with(shop.pipeline) == {"k": 7}
    assert shop.pipeline.revisions.get(version=shop.pipeline.version).number == 1


@pytest.mark.parametrize(("role", "status"), [("analyst", 403), ("editor", 302)])
def test_only_those_who_may_change_it_publish(role: str, status: int, shop: Shop, client: Client) -> None:
    client.force_login(member(shop, role))
    assert ("Discard the draft" in client.get(address("change", shop.pipeline)).content.decode()) == (status == 302)
    for name in ("discard", "publish", "restore"):
        assert client.get(address(name, shop.pipeline)).status_code == 405
        assert client.post(address(name, shop.pipeline), {"number": "1"}).status_code == status


def test_a_button_leads_nowhere_else(shop: Shop, admin_client: Client) -> None:
    for asked, target in (("https://example.org/", address("change", shop.pipeline)), ("/admin/", "/admin/")):
        assert admin_client.post(address("publish", shop.pipeline), {"next": asked})["Location"] == target


def test_a_long_history_takes_as_many_queries_as_a_short_one(shop: Shop, admin_client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            admin_client.get(address("history", shop.pipeline))
        return len(counted)

    queries()  # once, for what is cached
    before = queries()
    for k in range(8, 14):
        shop.popular.settings = {"k": k}
        save_configuration(shop.popular, publishing=False)
    assert queries() == before
