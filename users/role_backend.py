"""Permissions from memberships. Named by its dotted path in the settings (AUTHENTICATION_BACKENDS)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from users.models import User
from users.roles import permissions_of


class RoleBackend(ModelBackend):
    """Signs in by name and password as Django does; what somebody may do comes from their roles alone.

    It answers what somebody may do in any catalog at all (which pages there are); in which catalogs, the pages ask
    `User.reach`. Django's own groups and permissions mean nothing here: they know no catalogs.
    """

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """As “app.action_model”."""
        if obj is not None or not isinstance(user_obj, User) or not user_obj.is_active:
            return set()
        return set[str]().union(*(permissions_of(role) for role in set(user_obj.roles.values())))
