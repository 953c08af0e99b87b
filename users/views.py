"""`profiles/` and `events/`: for whom, and what they did. Views read and answer; `users.services` writes."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.access import access
from catalog.bodies import named_in_path, object_body, writable
from catalog.bulk import answer, save_part, save_rows
from catalog.exceptions import RowError
from catalog.pagination import page
from catalog.parsers import ROW_PARSERS, ReceivedRow, received_rows
from catalog.sizes import check_size
from users import operations, services
from users.exceptions import TooManyEventsError
from users.openapi import ApiKeyScheme
from users.rows import EventRow, ProfileRow
from users.selectors import find_profile, profiles
from users.serializers import profile_json, profile_row

__all__ = ["ApiKeyScheme"]  # drf-spectacular knows it once it is imported


class ProfileList(APIView):
    """The profiles of the catalog."""

    scope = {"GET": "read"}

    @extend_schema(**operations.LIST_PROFILES)
    def get(self, request: Request) -> Response:
        """A page of profiles."""
        rows, next_cursor = page(profiles(access(request).catalog_id), request)
        return Response({"profiles": [profile_json(row) for row in rows], "next_cursor": next_cursor})


class ProfileDetail(APIView):
    """One profile, by the person's id in the caller's own system."""

    scope = {"GET": "read", "PUT": "profiles", "PATCH": "profiles", "DELETE": "profiles"}

    @extend_schema(**operations.GET_PROFILE)
    def get(self, request: Request, profile_id: str) -> Response:
        """The profile."""
        return Response(profile_json(find_profile(access(request).catalog_id, profile_id)))

    @extend_schema(**operations.PUT_PROFILE)
    def put(self, request: Request, profile_id: str) -> Response:
        """Make the profile, or replace what it says."""
        return self._save(request, profile_id, writable(object_body(request)))

    @extend_schema(**operations.PATCH_PROFILE)
    def patch(self, request: Request, profile_id: str) -> Response:
        """Change the fields that are sent; the others stay."""
        changes = writable(object_body(request))
        with transaction.atomic():
            # Two changes at once wait for each other, so that neither undoes the other's fields.
            profile = find_profile(access(request).catalog_id, profile_id, for_update=True)
            return self._save(request, profile_id, {**profile_row(profile), **changes})

    @extend_schema(**operations.DELETE_PROFILE)
    def delete(self, request: Request, profile_id: str) -> Response:
        """Erase the person: profile, events, vectors and recorded answers."""
        services.delete_profile(access(request).catalog_id, profile_id)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _save(self, request: Request, profile_id: str, body: dict[str, Any]) -> Response:
        catalog_id = access(request).catalog_id
        row = ProfileRow.read(named_in_path(body, "profile_id", profile_id))
        made = services.save_profiles(catalog_id, [row])[0] == "created"
        saved = profile_json(find_profile(catalog_id, profile_id))
        return Response(saved, status.HTTP_201_CREATED if made else status.HTTP_200_OK)


@extend_schema_view(**{method: extend_schema(exclude=True) for method in ("get", "put", "patch", "delete")})
class ProfileBulk(ProfileDetail):
    """Many profiles. A profile whose own id is `bulk` has this address too, so the other methods serve it."""

    scope = {**ProfileDetail.scope, "POST": "profiles"}
    parser_classes = ROW_PARSERS

    @extend_schema(**operations.BULK_PROFILES)
    def post(self, request: Request, profile_id: str) -> Response:
        """Make or replace many profiles."""
        save = partial(services.save_profiles, access(request).catalog_id)
        return save_rows(received_rows(request.data), ProfileRow, save, "profile_id")


class EventList(APIView):
    """What people did."""

    scope = {"POST": "events"}
    parser_classes = ROW_PARSERS

    @extend_schema(**operations.POST_EVENTS)
    def post(self, request: Request) -> Response:
        """Store one event or a list of them. They are stored before the answer leaves."""
        catalog_id = access(request).catalog_id
        if isinstance(request.data, dict):
            return _one_event(catalog_id, request.data)
        return answer(save_part(_at_most(request), EventRow, partial(services.save_events, catalog_id), "item_id"))


def _one_event(catalog_id: int, body: object) -> Response:
    outcome = services.save_events(catalog_id, [EventRow.read(body)])[0]
    if isinstance(outcome, RowError):
        raise outcome
    return Response({"status": outcome}, status.HTTP_201_CREATED if outcome == "stored" else status.HTTP_200_OK)


def _at_most(request: Request) -> list[ReceivedRow]:
    """The rows of the body, none of them stored when there are too many."""
    check_size(request)
    rows = list(islice(received_rows(request.data), services.MAX_EVENTS + 1))
    if len(rows) > services.MAX_EVENTS:
        raise TooManyEventsError(
            f"The list has more than {services.MAX_EVENTS:,} events, and none was stored: send them in parts."
        )
    return rows
