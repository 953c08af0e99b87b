"""Training runs in the admin: one is started, watched and cancelled, by those who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from recommender import tasks
from recommender.models import Pipeline, TrainingRun
from recommender.training import runs
from tests.recommender.admin.forms import errors
from tests.recommender.admin.rows import Shop
from users.models import Membership, User

pytestmark = pytest.mark.django_db
ADD = "admin:recommender_trainingrun_add"


def page(run: TrainingRun, name: str = "change") -> str:
    return reverse(f"admin:recommender_trainingrun_{name}", args=(run.pk,))


def running(shop: Shop, **values: Any) -> TrainingRun:
    run = runs.enqueue(shop.catalog, shop.pipeline)
    now = timezone.now()
    told: dict[str, Any] = {"attempts": 1, "started_at": now - timedelta(seconds=60), "heartbeat_at": now}
    told |= {"step": "fitting few-shot", "progress": 0.25, "status": "running"}
    TrainingRun.objects.filter(pk=run.pk).update(**told | values)
    run.refresh_from_db()
    return run


def test_one_is_started_for_a_catalog_and_sent(
    shop: Shop, admin_client: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(tasks.train_pipeline, "delay", sent.append)
    with django_capture_on_commit_callbacks(execute=True):
        answer = admin_client.post(reverse(ADD), {"catalog": shop.catalog.pk, "pipeline": "", "seed": 5})
    assert answer.status_code == 302, errors(answer)
    run = TrainingRun.objects.get(status="queued")
    assert (run.pipeline.slug, run.seed, sent) == ("learned", 5, [run.pk])
    assert answer.headers["Location"] == page(run)


def test_a_second_one_is_refused_in_the_form(shop: Shop, admin_client: Client) -> None:
    first = running(shop)
    values = {"catalog": shop.catalog.pk, "pipeline": shop.pipeline.pk, "seed": 0}
    answer = admin_client.post(reverse(ADD), values)
    assert f"run {first.pk} of “Default” is running (fitting few-shot)" in answer.content.decode()
    assert runs.open_run(shop.catalog) == first


def test_a_pipeline_of_another_catalog_is_refused(shop: Shop, admin_client: Client) -> None:
    far = Shop().pipeline
    answer = admin_client.post(reverse(ADD), {"catalog": shop.catalog.pk, "pipeline": far.pk, "seed": 0})
    assert "It belongs to “Shop”" in errors(answer)
    assert not TrainingRun.objects.filter(status="queued").exists()


def test_what_is_missing_is_said_at_its_field(shop: Shop, admin_client: Client) -> None:
    answer = admin_client.post(reverse(ADD), {"catalog": "", "seed": "many"})
    assert "This field is required" in errors(answer)
    assert "whole number" in errors(answer)


def test_the_page_of_one_that_runs_shows_how_far_it_is_and_loads_itself_again(shop: Shop, admin_client: Client) -> None:
    run = running(shop)
    text = admin_client.get(page(run)).content.decode()
    for word in ("Fitting few-shot", "25 %", "about 3 min", "Cancel this run", 'http-equiv="refresh"'):
        assert word in text, word
    listed = admin_client.get(reverse("admin:recommender_trainingrun_changelist")).content.decode()
    assert "about 3 min" in listed
    TrainingRun.objects.filter(pk=run.pk).update(status="failed", reason="There are <3 people.")
    text = admin_client.get(page(run)).content.decode()
    assert "There are &lt;3 people." in text
    assert "Cancel this run" not in text
    assert 'http-equiv="refresh"' not in text


def test_one_is_cancelled(shop: Shop, admin_client: Client) -> None:
    run = running(shop)
    assert admin_client.get(page(run, "cancel")).status_code == 405
    answer = admin_client.post(page(run, "cancel"), follow=True)
    assert "stops at its next step" in answer.content.decode()
    assert "It was asked to stop" in answer.content.decode()
    run.refresh_from_db()
    assert (run.status, run.cancel_requested) == ("running", True)
    TrainingRun.objects.filter(pk=run.pk).update(status="queued", cancel_requested=False)
    assert "is cancelled" in admin_client.post(page(run, "cancel"), follow=True).content.decode()
    assert "had ended already" in admin_client.post(page(run, "cancel"), follow=True).content.decode()
    run.pk += 10**6
    assert "There is no training run" in admin_client.post(page(run, "cancel"), follow=True).content.decode()


def test_who_may_only_look_can_neither_start_nor_cancel(shop: Shop, client: Client) -> None:
    run = running(shop)
    user = User.objects.create(username="ben", is_staff=True)
    Membership.objects.create(user=user, catalog=run.catalog, role="editor")
    client.force_login(user)
    text = client.get(page(run)).content.decode()
    assert "Fitting few-shot" in text
    assert "Cancel this run" not in text
    assert client.post(page(run, "cancel")).status_code == 403
    assert client.post(reverse(ADD), {"catalog": shop.catalog.pk}).status_code == 403
    run.refresh_from_db()
    assert not run.cancel_requested


def test_a_forged_form_cancels_nothing(shop: Shop, admin_user: User) -> None:
    run = running(shop)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(admin_user)
    assert strict.post(page(run, "cancel")).status_code == 403
    run.refresh_from_db()
    assert not run.cancel_requested


def test_pipelines_are_offered_with_their_catalog(shop: Shop, admin_client: Client) -> None:
    Pipeline.objects.create(catalog=shop.catalog, slug="mail", title="Mail")
    assert "Shop · Mail" in admin_client.get(reverse(ADD)).content.decode()
