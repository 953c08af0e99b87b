"""Every page of the admin opens, for every model that is registered."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Catalog, Item, Relation
from recommender.models import (
    Configuration,
    ModelVersion,
    Pipeline,
    Recommendation,
    Scorecard,
    Space,
    Stage,
    Statistics,
    TrainingRun,
)
from tests.recommender.admin.rows import Shop
from users.models import ApiKey, Event, EventKind, Profile, User

EDITED = {Catalog, Item, Relation, User, ApiKey, Profile, EventKind, Event}
EDITED |= {Configuration, Pipeline, Space, Recommendation, Scorecard, Statistics, ModelVersion, TrainingRun}
REGISTERED: list[type[Model]] = sorted(admin.site._registry, key=lambda model: model._meta.label)
pytestmark = pytest.mark.django_db


def address(model: type[Model], page: str, *arguments: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


def test_every_model_that_a_person_edits_is_registered() -> None:
    assert set(REGISTERED) >= EDITED


def test_the_index_groups_the_pages(admin_client: Client) -> None:
    text = admin_client.get(reverse("admin:index")).content.decode()
    for word in ("recplatform", "Recommendations", "Staff", "Kinds of event", "Recorded answers", "API keys"):
        assert word in text


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label_lower)
def test_list_and_search_open(model: type[Model], shop: Shop, admin_client: Client) -> None:
    assert admin_client.get(address(model, "changelist")).status_code == 200
    assert admin_client.get(address(model, "changelist"), {"q": "商务装"}).status_code == 200


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label_lower)
def test_the_page_to_add_opens_where_one_may_add(model: type[Model], shop: Shop, admin_client: Client) -> None:
    page = admin.site._registry[model]
    request = admin_client.get(reverse("admin:index")).wsgi_request
    expected = 200 if page.has_add_permission(request) else 403
    assert admin_client.get(address(model, "add")).status_code == expected


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label_lower)
def test_the_page_of_a_row_opens(model: type[Model], shop: Shop, admin_client: Client) -> None:
    row = model._default_manager.first()
    assert row is not None, f"rows.py makes no {model._meta.label}"
    assert admin_client.get(address(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label_lower)
def test_a_list_costs_the_same_queries_whatever_its_length(
    model: type[Model], shop: Shop, admin_client: Client
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(address(model, "changelist"))
        return len(captured)

    queries()  # content types and permissions are read once per process
    before = queries()
    shop.grow()
    assert queries() <= before


def test_a_pipeline_costs_the_same_queries_whatever_its_stages(shop: Shop, admin_client: Client) -> None:
    page = address(Pipeline, "change", shop.pipeline.pk)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(page)
        return len(captured)

    queries()
    before = queries()
    for number in range(3):
        shop.stage(shop.configuration("ranker", "popularity", f"popularity-{number}"))
    assert Stage.objects.count() > 3
    assert queries() <= before
