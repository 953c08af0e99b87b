"""The table of roles, read as it is meant."""

from __future__ import annotations

from itertools import pairwise

import pytest

from users.roles import NOBODY, RANK, RIGHTS, Role, allows, first_role, permissions_of


def test_each_role_includes_the_one_before() -> None:
    roles = [permissions_of(role) for role in Role]
    assert roles == sorted(roles, key=len)
    for lower, higher in pairwise(roles):
        assert lower < higher


@pytest.mark.parametrize(
    ("permission", "first"),
    [
        ("catalog.view_item", Role.ANALYST),
        ("recommender.change_placement", Role.EDITOR),
        ("recommender.change_modelversion", Role.OPERATOR),
        ("users.add_membership", Role.OWNER),
        ("catalog.add_catalog", NOBODY),
        ("users.view_user", NOBODY),
        ("catalog.fly_item", NOBODY),
        ("catalog._item", NOBODY),
        ("catalog.count_item", NOBODY),
        ("catalog.index_item", NOBODY),
        ("nonsense", NOBODY),
        ("", NOBODY),
    ],
)
def test_the_first_role_of_a_permission(permission: str, first: Role | None) -> None:
    assert first_role(permission) == first
    assert [allows(role, permission) for role in Role] == [
        first is not None and RANK[role] >= RANK[first] for role in Role
    ]


def test_whoever_may_write_may_read() -> None:
    for label, rights in RIGHTS.items():
        for role in (rights.add, rights.change, rights.delete):
            assert role is None or RANK[role] >= RANK[rights.view], label
