"""How large a body may be that is held whole in memory. (Django's own check does not see what DRF reads.)"""

from __future__ import annotations

from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request


class BodyTooLarge(APIException):
    """The body is larger than a request that is held whole may be."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"


def check_size(request: Request) -> None:
    """For bodies that are held whole.

    Raises:
        BodyTooLarge: the body is larger than the server's limit (413).
    """
    size, most = int(request.META.get("CONTENT_LENGTH") or 0), settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if size > most:
        raise BodyTooLarge(
            f"The body has {size:,} bytes; this server takes {most:,} at once. Send it in parts, or items and "
            "profiles to their bulk/ as application/x-ndjson, which has no such limit."
        )
