"""Health: `live` says that the process answers, `ready` that it can serve."""

from __future__ import annotations

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse


def live(request: HttpRequest) -> JsonResponse:
    """The process is up. Touches nothing else, so that a database outage does not restart web processes."""
    return JsonResponse({"status": "live"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 when Postgres answers; Redis is reported but not required, since answers go on without it."""
    database, redis = _database_answers(), _redis_answers()
    body = {
        "status": "ready" if database else "not ready",
        "database": "ok" if database else "unreachable: see DATABASE_URL and the server's log",
        "redis": "ok" if redis else "unreachable: answers go on; encoding waits until it is back",
    }
    response = JsonResponse(body, status=200 if database else 503)
    if not database:
        response["Retry-After"] = "5"
    return response


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()
        return False
    return True


def _redis_answers() -> bool:
    try:
        cache.get("health")
    except Exception:  # the cache's backend decides what it raises when the server is away
        return False
    return True
