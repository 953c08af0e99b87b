"""Recorded answers go with the profile and the catalog they belong to, whoever deletes those."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from catalog.models import Catalog
from catalog.services import create_catalog
from recommender.models import Recommendation
from recommender.services.defaults import provide_defaults
from users.models import Profile
from users.rows import ProfileRow
from users.services import delete_profile, save_profiles

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Catalog:
    """Anna, Ben and an anonymous visitor each got an answer."""
    catalog = create_catalog("shop")
    save_profiles(catalog.pk, [ProfileRow(profile_id="anna"), ProfileRow(profile_id="ben")])
    for profile_id in [*Profile.objects.values_list("pk", flat=True), None]:
        Recommendation.objects.create(
            catalog_id=catalog.pk, profile_id=profile_id, created_at=datetime.now(UTC), pipeline_id=1,
            pipeline_version=1, item_ids=[1], scores=[1.0],
        )  # fmt: skip
    return catalog


def test_a_deleted_profile_takes_its_answers_along(shop: Catalog) -> None:
    delete_profile(shop.pk, "anna")
    ben = Profile.objects.get()
    assert set(Recommendation.objects.values_list("profile_id", flat=True)) == {ben.pk, None}


def test_a_deleted_catalog_takes_all_answers_along(shop: Catalog) -> None:
    provide_defaults(shop)
    shop.delete()
    assert not Recommendation.objects.exists()
