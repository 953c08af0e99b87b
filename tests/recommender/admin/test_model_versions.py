"""Model versions in the admin: the verdict is read, a version goes live, and is rolled back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from recommender.models import ModelVersion, Pipeline
from tests.recommender.admin.rows import Shop
from users.models import Membership, User

pytestmark = pytest.mark.django_db
DIFFERENCE = {"ours": 0.31, "theirs": 0.25, "ratio": 1.24, "interval": [0.02, 0.1], "people": 1234, "word": "win"}
VERDICT = {
    "passed": True,
    "reasons": ["Better: NDCG@20 is <0.31>."],
    "segments": {"text0": DIFFERENCE, "known": {**DIFFERENCE, "ratio": None, "word": "loss"}},
    "total": {**DIFFERENCE, "word": "even"},
}
METRICS = {
    "untrained_plugins": {"few-shot": "There are 3 people; 30 are needed."},
    "lacking": ["No event has a time."],
    "steps": [["reading", 0.0], ["fitting", 2.0], ["reading", 12.5], ["", 13.0]],
}


@pytest.fixture
def learned(shop: Shop) -> Pipeline:
    return Pipeline.objects.create(catalog=shop.catalog, slug="learned", title="Learned")


def made(pipeline: Pipeline, number: int = 1, **values: Any) -> ModelVersion:
    given: dict[str, Any] = {"verdict": VERDICT, "metrics": METRICS, "checksums": {"a.json": "0"}}
    given |= {"settings": [{"kind": "ranker", "slug": "map", "plugin": "text-map", "settings": {"rank": 64}}]}
    return ModelVersion.objects.create(catalog=pipeline.catalog, pipeline=pipeline, number=number, **given | values)


def page(version: ModelVersion, name: str = "change") -> str:
    return reverse(f"admin:recommender_modelversion_{name}", args=(version.pk,))


def test_the_page_shows_verdict_segments_and_origin(learned: Pipeline, admin_client: Client) -> None:
    text = admin_client.get(page(made(learned, data_hash="c0ffee", train_seconds=13.0))).content.decode()
    for word in ("candidate: better than what was live", "Better: NDCG@20 is &lt;0.31&gt;.", "a sentence", "× 1.240"):
        assert word in text, word
    for word in ("1,234", "worse", "even", "c0ffee", "text-map", "{&quot;rank&quot;: 64}", "There are 3 people"):
        assert word in text, word
    assert "No event has a time." in text
    assert text.index("fitting") < text.rindex("reading")  # the longest step first
    assert "2.5" in text  # both readings together


def test_the_list_shows_the_figures(learned: Pipeline, admin_client: Client) -> None:
    made(learned, data_hash="c0ffee" * 10)
    text = admin_client.get(reverse("admin:recommender_modelversion_changelist")).content.decode()
    for word in ("Learned v1", "0.3100 against 0.2500", "c0ffeec0ff", "better"):
        assert word in text, word


def test_it_goes_live_and_back_with_a_click_each(learned: Pipeline, shop: Shop, admin_client: Client) -> None:
    version = made(learned)
    assert "Why it should go live" not in admin_client.get(page(version)).content.decode()
    text = admin_client.post(page(version, "promote"), follow=True).content.decode()
    assert "Learned v1 is live" in text
    version.refresh_from_db()
    learned.refresh_from_db()
    assert (version.status, str(version.decided_by), learned.is_default) == ("live", "anna", True)
    assert "Make live" not in text
    text = admin_client.post(page(version, "roll-back"), follow=True).content.decode()
    assert "“Default” is what answers" in text
    version.refresh_from_db()
    shop.pipeline.refresh_from_db()
    assert (version.status, shop.pipeline.is_default) == ("retired", True)
    told = [entry.get_change_message() for entry in LogEntry.objects.order_by("id")]
    assert told == ["Made live.", "Rolled back."]


def test_a_roll_back_leads_to_the_version_before(learned: Pipeline, admin_client: Client) -> None:
    first, second = made(learned), made(learned, 2)
    admin_client.post(page(first, "promote"))
    admin_client.post(page(second, "promote"))
    answer = admin_client.post(page(second, "roll-back"), follow=True)
    assert "Learned v1 is live from the next answer on" in answer.content.decode()
    assert answer.redirect_chain[-1][0] == page(first)
    assert list(ModelVersion.objects.filter(status="live")) == [first]


def test_against_the_gate_only_with_a_reason(learned: Pipeline, admin_client: Client) -> None:
    version = made(learned, verdict={**VERDICT, "passed": False})
    assert "Why it should go live" in admin_client.get(page(version)).content.decode()
    for reason in ({}, {"reason": "  "}):
        text = admin_client.post(page(version, "promote"), reason, follow=True).content.decode()
        assert "write down why" in text
    version.refresh_from_db()
    assert version.status == "candidate"
    text = admin_client.post(page(version, "promote"), {"reason": "Newcomers matter"}, follow=True).content.decode()
    version.refresh_from_db()
    assert (version.status, version.override_reason) == ("live", "Newcomers matter")
    assert "Newcomers matter" in text


def test_what_cannot_be_decided_is_said(learned: Pipeline, admin_client: Client) -> None:
    broken, version = made(learned, checksums={}), made(learned, 2)
    assert "train again" in admin_client.get(page(broken)).content.decode()
    assert "train again" in admin_client.post(page(broken, "promote"), follow=True).content.decode()
    assert "is not live" in admin_client.post(page(version, "roll-back"), follow=True).content.decode()
    admin_client.post(page(version, "promote"))
    assert "is live already" in admin_client.post(page(version, "promote"), follow=True).content.decode()
    assert admin_client.get(page(version, "promote")).status_code == 405
    version.pk += 10**6
    for name in ("promote", "roll-back"):
        text = admin_client.post(page(version, name), follow=True).content.decode()
        assert "There is no model version" in text
    assert not ModelVersion.objects.filter(pk=broken.pk, status="live").exists()


def test_who_may_only_look_decides_nothing(learned: Pipeline, client: Client) -> None:
    version = made(learned)
    user = User.objects.create(username="ben", is_staff=True)
    Membership.objects.create(user=user, catalog=version.catalog, role="editor")
    client.force_login(user)
    text = client.get(page(version)).content.decode()
    assert "The verdict" in text
    assert "Make live" not in text
    assert client.post(page(version, "promote")).status_code == 403
    assert client.post(page(version, "roll-back")).status_code == 403
    Membership.objects.update(role="operator")
    assert client.post(page(version, "promote")).status_code == 302
    version.refresh_from_db()
    assert version.status == "live"


def test_a_forged_form_decides_nothing(learned: Pipeline, admin_user: User) -> None:
    version = made(learned)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(admin_user)
    assert strict.post(page(version, "promote")).status_code == 403
    version.refresh_from_db()
    assert version.status == "candidate"
