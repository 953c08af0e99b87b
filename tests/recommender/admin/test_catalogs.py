from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Catalog
from recommender.models import Configuration, Pipeline
from tests.recommender.admin.forms import errors, shown
from users.models import EventKind

pytestmark = pytest.mark.django_db


def test_a_new_catalog_can_answer(admin_client: Client) -> None:
    answer = admin_client.post(
        reverse("admin:catalog_catalog_add"), {"name": "书店 Books", "slug": "books", "language": "zh"}
    )
    assert answer.status_code == 302
    books = Catalog.objects.get(slug="books")
    assert EventKind.objects.filter(catalog=books, name="purchase").exists()
    pipeline = Pipeline.objects.get(catalog=books, is_default=True)
    assert pipeline.stages.filter(configuration__kind="fusion_strategy").count() == 1
    fusions = Configuration.objects.filter(catalog=books, kind="fusion_strategy")
    assert set(fusions.values_list("plugin", flat=True)) == {"linear", "reciprocal-rank", "weighted-sum"}


def test_its_pipeline_is_one_that_the_admin_accepts(admin_client: Client) -> None:
    admin_client.post(reverse("admin:catalog_catalog_add"), {"name": "Books", "slug": "books", "language": "en"})
    page = reverse("admin:recommender_pipeline_change", args=(Pipeline.objects.get().pk,))
    answer = admin_client.post(page, shown(admin_client, page))
    assert answer.status_code == 302, errors(answer)


def test_the_slug_stays(admin_client: Client) -> None:
    books = Catalog.objects.create(slug="books", name="Books")
    page = reverse("admin:catalog_catalog_change", args=(books.pk,))
    admin_client.post(page, {"name": "书店", "slug": "films", "language": "zh"})
    books.refresh_from_db()
    assert (books.name, books.slug) == ("书店", "books")
    assert admin_client.get(reverse("admin:catalog_catalog_delete", args=(books.pk,))).status_code == 403
