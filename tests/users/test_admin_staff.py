"""Owners decide who works on their catalog; superusers make the users."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Catalog
from tests.recommender.admin.forms import errors
from users.models import Membership, User

pytestmark = pytest.mark.django_db
ADD = "admin:users_membership_add"


@pytest.fixture
def books(db: None) -> Catalog:
    return Catalog.objects.create(slug="books", name="Books")


@pytest.fixture
def owner(books: Catalog, client: Client) -> Client:
    """Signed in as Anna, who owns the books."""
    anna = User.objects.create(username="anna", is_staff=True)
    Membership.objects.create(user=anna, catalog=books, role="owner")
    client.force_login(anna)
    return client


@pytest.fixture
def ben(db: None) -> User:
    """Ben is new."""
    return User.objects.create(username="ben", is_staff=True)


def test_an_owner_adds_changes_and_removes_somebody(books: Catalog, owner: Client, ben: User) -> None:
    assert "also edits items" in owner.get(reverse(ADD)).content.decode()
    owner.post(reverse(ADD), {"catalog": books.pk, "username": " ben ", "role": "editor"})
    membership = Membership.objects.get(user=ben)
    assert (membership.catalog, membership.role) == (books, "editor")
    page = reverse("admin:users_membership_change", args=(membership.pk,))
    assert "ben" in owner.get(page).content.decode()
    owner.post(page, {"role": "analyst"})
    membership.refresh_from_db()
    assert (membership.user, membership.role) == (ben, "analyst")
    owner.post(reverse("admin:users_membership_delete", args=(membership.pk,)), {"post": "yes"})
    assert not Membership.objects.filter(user=ben).exists()


def test_what_cannot_be_given_is_said(books: Catalog, owner: Client, ben: User) -> None:
    values = {"catalog": books.pk, "username": "ben", "role": "editor"}
    films = Catalog.objects.create(slug="films")
    for wrong, word in (
        ({"username": "carol"}, "Nobody on the staff"),
        ({"username": "anna"}, "has a role in “Books” already"),
        ({"catalog": films.pk}, "not one of the available choices"),
        ({"role": "king"}, "not one of the available choices"),
    ):
        assert word in errors(owner.post(reverse(ADD), values | wrong)), wrong
    User.objects.update(is_staff=False)
    User.objects.filter(username="anna").update(is_staff=True)
    assert "Nobody on the staff" in errors(owner.post(reverse(ADD), values))
    assert Membership.objects.count() == 1


def test_an_owner_sees_no_users_and_makes_no_superuser(owner: Client, ben: User) -> None:
    assert "ben" not in owner.get(reverse(ADD)).content.decode()
    for page in (reverse("admin:users_user_changelist"), reverse("admin:users_user_change", args=(ben.pk,))):
        assert owner.get(page).status_code in {302, 403}
    assert owner.post(reverse("admin:users_user_change", args=(ben.pk,)), {"is_superuser": "on"}).status_code in {
        302,
        403,
    }
    ben.refresh_from_db()
    assert not ben.is_superuser


def test_a_superuser_makes_somebody_and_gives_roles_on_the_same_page(books: Catalog, admin_client: Client) -> None:
    values = {"username": "carol", "password1": "under-the-linden", "password2": "under-the-linden"}
    admin_client.post(reverse("admin:users_user_add"), {**values, "usable_password": "true"})
    carol = User.objects.get(username="carol")
    assert (carol.is_staff, carol.is_superuser) == (True, False)
    page = reverse("admin:users_user_change", args=(carol.pk,))
    assert "needs no role below" in admin_client.get(page).content.decode()
    formset = {"memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0"}
    formset |= {"memberships-0-catalog": str(books.pk), "memberships-0-role": "operator"}
    joined = {"date_joined_0": "2026-11-24", "date_joined_1": "12:00:00"}
    answer = admin_client.post(page, {"username": "carol", "is_active": "on", "is_staff": "on", **joined, **formset})
    assert answer.status_code == 302, errors(answer)
    assert list(carol.memberships.values_list("catalog", "role")) == [(books.pk, "operator")]
    assert "Books: Operator" in admin_client.get(reverse("admin:users_user_changelist")).content.decode()


def test_who_left_the_staff_or_was_shut_out_does_nothing(books: Catalog, owner: Client) -> None:
    for change in ({"is_active": False}, {"is_staff": False}):
        User.objects.filter(username="anna").update(**({"is_active": True, "is_staff": True} | change))
        assert owner.get(reverse("admin:users_membership_changelist")).status_code == 302
    inactive = User.objects.get(username="anna")
    inactive.is_active = False
    assert not inactive.reach("catalog.view_item")
    assert not inactive.has_perm("catalog.view_item")
