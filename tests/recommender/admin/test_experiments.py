"""Experiments in the admin: from the first form to the promotion."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from recommender.models import Arm, Configuration, Experiment, Pipeline, Placement
from recommender.selectors.experiments import MEASURES, ArmCounts, Measured, packed
from recommender.services.pipelines import copy_stages
from tests.recommender.admin.access import member
from tests.recommender.admin.forms import errors, shown
from tests.recommender.admin.rows import Shop

pytestmark = pytest.mark.django_db


def address(page: str, *arguments: Any) -> str:
    return reverse(f"admin:recommender_experiment_{page}", args=arguments)


@pytest.fixture
def new(shop: Shop) -> Pipeline:
    """A copy of the default pipeline."""
    pipeline = Pipeline(catalog=shop.catalog, slug="new", title="New pipeline")
    copy_stages(shop.pipeline, pipeline)
    return pipeline


def counted(experiment: Experiment, people: int = 3_000, **clicks: float) -> Experiment:
    """As if so many people had come; `A=0.1` says how many of them clicked. Beat counted it, and slowly."""
    arms = {}
    for arm in experiment.arms.all():
        share = clicks.get(arm.name, 0.1)
        measures = {name: Measured(0.01, 0.01) for name in MEASURES} | {"clicks": Measured(share, share * (1 - share))}
        arms[arm.name] = ArmCounts(people, people, measures)
    experiment.figures = {"arms": packed(arms), "seconds": 1.0}
    experiment.save()
    return experiment


@pytest.fixture
def running(shop: Shop, new: Pipeline) -> Experiment:
    """Two arms, running."""
    placement = Placement.objects.filter(catalog=shop.catalog)[0]
    experiment = Experiment.objects.create(
        catalog=shop.catalog,
        placement=placement,
        slug="fusion",
        title="New fusion",
        status="running",
        started_at=timezone.now(),
    )
    for name, pipeline in (("A", shop.pipeline), ("B", new)):
        Arm.objects.create(experiment=experiment, name=name, pipeline=pipeline)
    return counted(experiment)


def text(client: Client, experiment: Experiment) -> str:
    return client.get(address("change", experiment.pk)).content.decode()


def test_made_in_two_steps_and_started(shop: Shop, new: Pipeline, admin_client: Client) -> None:
    placement = Placement.objects.filter(catalog=shop.catalog)[0]
    answer = admin_client.post(address("add"), {"placement": placement.pk, "title": "New fusion", "slug": "fusion"})
    made = Experiment.objects.get(slug="fusion")
    assert answer["Location"] == address("change", made.pk)
    assert (made.catalog, made.arms.get().pipeline) == (shop.catalog, shop.pipeline)
    assert made.author is not None
    assert "fewer than two arms" in text(admin_client, made)

    page = shown(admin_client, address("change", made.pk))
    page |= {"arms-1-name": "B", "arms-1-pipeline": new.pk, "arms-1-share": "50"}
    assert admin_client.post(address("change", made.pk), page).status_code == 302
    assert "Start the experiment" in text(admin_client, made)
    admin_client.post(address("start", made.pk))
    made.refresh_from_db()
    assert made.status == "running"
    assert 'name="title"' not in text(admin_client, made), "what was started is no form"
    assert admin_client.post(address("change", made.pk), page).status_code == 403


def test_a_name_that_is_taken_is_refused(running: Experiment, admin_client: Client) -> None:
    page = {"placement": running.placement_id, "title": "Again", "slug": "fusion"}
    assert "choose another" in errors(admin_client.post(address("add"), page))


def test_the_page_says_in_words_what_is_better(running: Experiment, admin_client: Client) -> None:
    assert "Not decided yet" in text(admin_client, running)
    counted(running, B=0.15)
    page = text(admin_client, running)
    assert "B is better: +" in page
    assert page.count("<svg viewBox") == len(MEASURES)
    counted(running, B=0.05)
    assert "B harms: stop it." in text(admin_client, running)
    assert "B harms: stop it." in admin_client.get(address("changelist")).content.decode()


def test_doubts_and_rules_for_its_arms_are_shown(shop: Shop, running: Experiment, admin_client: Client) -> None:
    settings = {"items": ["x"], "audience_arms": ["fusion/B"]}
    rule = Configuration.objects.create(
        catalog=shop.catalog, kind="rule", plugin="pin", slug="only-b", title="Only for B", settings=settings
    )
    running.figures["arms"]["A"]["people"] = 4_000
    running.save()
    page = text(admin_client, running)
    assert "not split as the shares say" in page
    assert reverse("admin:recommender_configuration_change", args=(rule.pk,)) in page


def test_stop_and_promote(running: Experiment, new: Pipeline, admin_client: Client) -> None:
    admin_client.post(address("stop", running.pk))
    running.refresh_from_db()
    assert running.status == "stopped"
    told = admin_client.post(address("promote", running.pk), {"arm": "B"}, follow=True).content.decode()
    assert "B was promoted" in told
    assert Placement.objects.get(pk=running.placement_id).pipeline == new
    assert "no arm “C”" in admin_client.post(address("promote", running.pk), {"arm": "C"}, follow=True).content.decode()
    assert admin_client.get(address("stop", running.pk)).status_code == 405


def test_an_analyst_reads_and_steers_nothing(shop: Shop, running: Experiment, client: Client) -> None:
    client.force_login(member(shop, "analyst"))
    page = text(client, running)
    assert "Not decided yet" in page
    assert "Promote" not in page
    for action in ("stop", "promote"):
        assert client.post(address(action, running.pk), {"arm": "B"}).status_code == 403
    running.refresh_from_db()
    assert running.status == "running"


def test_a_page_costs_the_same_queries_whatever_its_arms(
    shop: Shop, running: Experiment, new: Pipeline, admin_client: Client
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            text(admin_client, running)
        return len(captured)

    queries()
    before = queries()
    for name in "CDE":
        Arm.objects.create(experiment=running, name=name, pipeline=new)
    assert queries() <= before


def test_a_pipeline_that_is_an_arm_is_not_deleted(running: Experiment, new: Pipeline, admin_client: Client) -> None:
    page = reverse("admin:recommender_pipeline_delete", args=(new.pk,))
    assert "arm B of experiment “New fusion”" in admin_client.get(page).content.decode()
    admin_client.post(page, {"post": "yes"})
    Placement.objects.filter(pk=running.placement_id).update(pipeline=new)
    running.delete()
    assert "Choose another pipeline there first" in admin_client.get(page).content.decode()
    assert Pipeline.objects.filter(pk=new.pk).exists()
