"""Scopes. A view declares `scope`, for all its methods or per method; a view that declares none stays closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from catalog.access import access

if TYPE_CHECKING:
    # rest_framework.views imports this module by its path in the settings before it defines APIView.
    from rest_framework.views import APIView


class HasScope(BasePermission):
    """The key must hold the scope of the view: `scope = "recommend"` or `scope = {"GET": "read", "PUT": "items"}`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True, or an error: 401 without a key, 403 that names the missing scope."""
        held = access(request)
        needed = _needed(view, request.method or "")
        if needed and needed not in held.scopes:
            raise PermissionDenied(
                f"The key lacks the scope {needed!r}; it holds {', '.join(sorted(held.scopes)) or 'none'}. Make one "
                f"with `manage.py create_key --catalog {held.slug} --scopes {needed}`."
            )
        return True


def _needed(view: APIView, method: str) -> str:
    """The scope of the method; empty where the view has no such method, which answers 405."""
    declared: str | dict[str, str] | None = getattr(view, "scope", None)
    if isinstance(declared, str):
        return declared
    method = "GET" if method in ("HEAD", "OPTIONS") else method
    if declared and method in declared:
        return declared[method]
    if not hasattr(view, method.lower()):
        return ""
    raise ImproperlyConfigured(f"{type(view).__name__} declares no scope for {method}: write it into its `scope`.")
