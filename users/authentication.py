"""`Authorization: Bearer <key>`. Named by its dotted path in the settings, so that no view imports it."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from catalog.access import Access
from users import keys

WRONG_SCHEME = "The Authorization header is not a Bearer key: send `Authorization: Bearer <key>`."
UNKNOWN_KEY = (
    "The API key is unknown, revoked, deleted or expired: check that it is whole (rp_<prefix>_<secret>), "
    "or make a new one with `manage.py create_key --catalog SLUG`."
)


class ApiKeyAuthentication(BaseAuthentication):
    """The request's `auth` becomes the key's `Access`; there is no user."""

    def authenticate(self, request: Request) -> tuple[None, Access] | None:
        """None without a header: the permission then answers 401, unless the view is open to all."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _, key = header.partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise AuthenticationFailed(WRONG_SCHEME)
        access = keys.recognise(key.strip())
        if access is None:
            raise AuthenticationFailed(UNKNOWN_KEY)
        return None, access

    def authenticate_header(self, request: Request) -> str:
        """Sent as WWW-Authenticate with every 401."""
        return 'Bearer realm="recplatform"'
