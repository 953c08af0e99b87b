"""How the OpenAPI description shows the key."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its metaclass is untyped
    """A bearer token. Apart from the class it describes, which loads while rest_framework itself is loading."""

    target_class = "users.authentication.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """One sentence on where keys come from and how soon they stop."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of one catalog, made by `manage.py create_key --catalog SLUG` and shown once. "
            "A deleted or changed key stops within 10 seconds.",
        }
