"""Somebody of one catalog finds nothing of another, on whatever page; and each role may what the table says."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin import RelatedFieldListFilter
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse
from unfold.admin import ModelAdmin

from catalog import admin_choices, admin_pages
from catalog.models import Item
from recommender.models import Pipeline, TrainingRun
from tests.recommender.admin.access import MARK, PART, REGISTERED, leaks, mark, member, rows_of, written
from tests.recommender.admin.rows import Shop
from users.models import ApiKey, Membership
from users.roles import RIGHTS, Role

pytestmark = pytest.mark.django_db
FOR_SUPERUSERS = {"users.User"}
OF_CATALOGS = [model for model in REGISTERED if model._meta.label not in FOR_SUPERUSERS]


@pytest.fixture
def theirs(shop: Shop) -> Shop:
    """Another shop, with the mark in everything that has a name."""
    other = Shop()
    mark(other)
    return other


@pytest.mark.parametrize("role", ["owner", "editor"])
@pytest.mark.parametrize("model", OF_CATALOGS, ids=lambda model: model._meta.label_lower)
def test_nothing_of_another_catalog_shows(
    model: type[Model], role: str, shop: Shop, theirs: Shop, client: Client
) -> None:
    client.force_login(member(shop, role))
    assert isinstance(admin.site._registry[model], admin_pages.Page), "every page inherits from catalog.admin_pages"
    assert leaks(client, model, shop, theirs) == []


@pytest.mark.parametrize("address", ["admin:index", "admin:search", "admin:jsi18n", "admin:password_change"])
def test_nothing_shows_on_pages_of_no_model(address: str, shop: Shop, theirs: Shop, client: Client) -> None:
    client.force_login(member(shop, "owner"))
    for asked in ({}, {"s": PART, "extended": "1"}, {"catalog": theirs.catalog.pk}):
        assert MARK not in client.get(reverse(address), asked).content.decode()


@pytest.mark.parametrize(
    ("place", "name", "careless"),
    [
        (admin_pages.Page, "get_queryset", ModelAdmin.get_queryset),
        (admin_pages, "narrow_choices", lambda *_: None),
        (admin_choices.ScopedRelatedFilter, "field_choices", RelatedFieldListFilter.field_choices),
    ],
)
def test_the_walk_finds_a_page_that_shows_too_much(
    place: Any, name: str, careless: Any, shop: Shop, theirs: Shop, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, name, careless)
    client.force_login(member(shop, "owner"))
    assert leaks(client, TrainingRun, shop, theirs) != []


def test_every_page_has_a_line_in_the_table_of_roles() -> None:
    missing = {model._meta.label for model in REGISTERED if model._meta.label_lower not in RIGHTS}
    assert missing == FOR_SUPERUSERS


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label_lower)
def test_every_action_says_which_permission_it_needs(model: type[Model]) -> None:
    page: Any = admin.site._registry[model]
    actions = [function for function, _name, _text in page._get_base_actions()]
    actions += [getattr(page, name) for name in page._extract_action_names([*page.actions_detail, *page.actions_list])]
    assert [one.__name__ for one in actions if not getattr(one, "allowed_permissions", ())] == []


EDITED = {"catalog.Item", "catalog.Relation"}
EDITED |= {"recommender.Configuration", "recommender.Pipeline", "recommender.Placement"}
OPERATED = {"users.Profile", "users.EventKind", "users.ApiKey"}
OWNED = {"users.Membership", "catalog.Catalog"}


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label_lower)
@pytest.mark.parametrize("role", Role)
def test_each_role_may_what_it_should(model: type[Model], role: Role, shop: Shop, rf: RequestFactory) -> None:
    page: Any = admin.site._registry[model]
    request = rf.get("/")
    request.user = member(shop, role)
    label = model._meta.label
    changed = {
        Role.ANALYST: set(),
        Role.EDITOR: EDITED,
        Role.OPERATOR: EDITED | OPERATED,
        Role.OWNER: EDITED | OPERATED | OWNED,
    }[role]
    row = rows_of(model, shop).first()
    assert page.has_view_permission(request, row) == (label not in FOR_SUPERUSERS)
    if label in EDITED | OPERATED | OWNED | FOR_SUPERUSERS:
        assert page.has_change_permission(request, row) == (label in changed)
        assert page.has_delete_permission(request, row) == (label in changed - {"catalog.Catalog"})
        assert page.has_add_permission(request) == (label in changed - {"catalog.Catalog"})
    assert page.may(request, "change", Shop().catalog if label == "catalog.Catalog" else None) in {True, False}


@pytest.mark.parametrize(("role", "may"), [("analyst", False), ("editor", False), ("operator", True), ("owner", True)])
def test_operators_train(role: str, may: bool, shop: Shop, client: Client) -> None:
    client.force_login(member(shop, role))
    assert client.get(reverse("admin:recommender_trainingrun_add")).status_code == (200 if may else 403)
    assert client.get(reverse("admin:recommender_scorecard_add")).status_code == (200 if may else 403)


def test_a_role_holds_in_its_catalog_only(shop: Shop, client: Client) -> None:
    other = Shop()
    user = member(shop, "editor")
    member(other, "analyst")
    client.force_login(user)
    suits = [shop.suit, other.suit]
    for one, status in zip(suits, (302, 403), strict=True):
        page = reverse("admin:catalog_item_change", args=(one.pk,))
        assert client.get(page).status_code == 200
        assert client.post(page, {"title": "Hat", "attributes": "{}"}).status_code == status
        one.refresh_from_db()
    assert [one.title == "Hat" for one in suits] == [True, False]
    made = {"catalog": other.catalog.pk, "external_id": "x", "title": "X", "attributes": "{}"}
    assert client.post(reverse("admin:catalog_item_add"), made).status_code == 200
    assert not Item.objects.filter(external_id="x").exists()
    test_it = reverse("admin:recommender_configuration_try_out", args=(other.popular.pk,))
    assert client.get(test_it).status_code == 403


@pytest.mark.parametrize("model", OF_CATALOGS, ids=lambda model: model._meta.label_lower)
def test_who_only_reads_here_writes_nothing_whatever_they_may_elsewhere(
    model: type[Model], shop: Shop, client: Client
) -> None:
    client.force_login(member(shop, "analyst"))
    member(Shop(), "owner")
    assert written(client, model, shop) == []


def test_the_walk_finds_an_address_that_writes(shop: Shop, client: Client) -> None:
    client.force_login(member(shop, "owner"))
    assert written(client, ApiKey, shop) != []


def test_a_bulk_action_leaves_out_what_the_role_does_not_allow(shop: Shop, client: Client) -> None:
    other, stranger = Shop(), Shop()
    client.force_login(member(shop, "editor"))
    member(other, "analyst")
    ticked = [shop.suit.pk, other.suit.pk, stranger.suit.pk]
    values = {"action": "delete_selected", "_selected_action": ticked, "post": "yes"}
    text = client.post(reverse("admin:catalog_item_changelist"), values, follow=True).content.decode()
    assert "1 row is left out" in text
    assert set(Item.objects.filter(pk__in=ticked)) == {other.suit, stranger.suit}


def test_the_only_catalog_is_chosen_already(shop: Shop, client: Client) -> None:
    Shop()
    client.force_login(member(shop, "editor"))
    form = client.get(reverse("admin:catalog_item_add")).context["adminform"].form
    assert form["catalog"].value() == shop.catalog.pk
    assert list(form.fields["catalog"].queryset) == [shop.catalog]


def test_somebody_without_a_role_finds_no_page(shop: Shop, client: Client) -> None:
    user = member(shop, "editor")
    Membership.objects.filter(user=user).delete()
    client.force_login(user)
    assert client.get(reverse("admin:index")).status_code == 200
    for model in REGISTERED:
        opts = model._meta
        page = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        assert client.get(page).status_code == 403


def test_a_role_costs_one_query(shop: Shop, client: Client, django_assert_max_num_queries: Any) -> None:
    client.force_login(member(shop, "owner"))
    page = reverse("admin:recommender_pipeline_change", args=(shop.pipeline.pk,))
    client.get(page)
    with django_assert_max_num_queries(100) as captured:
        client.get(page)
    roles = [query for query in captured.captured_queries if "users_membership" in query["sql"]]
    assert len(roles) == 1


def test_an_ended_key_and_a_default_pipeline_stay(shop: Shop, client: Client) -> None:
    """What the role allows, the page may still refuse."""
    client.force_login(member(shop, "owner"))
    ApiKey.objects.update(revoked_at="2026-01-01T00:00:00Z")
    key = ApiKey.objects.get()
    assert client.post(reverse("admin:users_apikey_change", args=(key.pk,)), {"name": "x"}).status_code == 403
    client.post(reverse("admin:recommender_pipeline_delete", args=(shop.pipeline.pk,)), {"post": "yes"})
    assert Pipeline.objects.filter(pk=shop.pipeline.pk).exists()
