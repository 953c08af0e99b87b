"""How the OpenAPI description presents the operations on profiles and events."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from catalog.openapi import LIST_PARAMETERS, RowResults, problems, results_example
from users.rows import EventRow, ProfileRow
from users.serializers import (
    EventAnswer,
    EventAnswers,
    EventRows,
    ProfileAnswer,
    ProfileBody,
    ProfilePage,
    ProfileRows,
)

PROFILES = ["Profiles"]
EVENTS = ["Events"]
PROFILE_ID = OpenApiParameter(
    "profile_id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="The person's id in your own system, percent-encoded: `a/b` is written `a%2Fb`.",
)
ANNA: dict[str, Any] = {
    "interests": "Business suits in dark wool, nothing flashy",
    "attributes": {"city": "Shanghai"},
    "language": "en",
    "learn": True,
    "personalise": True,
    "is_test": False,
    "muted_categories": ["shoes"],
}
WRITTEN = {"created_at": "2026-03-01T09:30:00Z", "updated_at": "2026-03-01T09:30:00Z"}
ANSWER = {"profile_id": "anna", **ANNA, **WRITTEN}
PROFILE_ANSWER = OpenApiResponse(
    ProfileAnswer, "The profile.", [OpenApiExample("A profile", value=ANSWER, response_only=True)]
)
MADE = OpenApiResponse(
    ProfileAnswer, "The profile was made.", [OpenApiExample("A new profile", value=ANSWER, response_only=True)]
)
LIKE: dict[str, Any] = {
    "profile_id": "anna",
    "item_id": "suit-1",
    "kind": "like",
    "occurred_at": "2026-03-01T09:30:00Z",
    "recommendation_id": "0198f3c2-7d1e-7000-8000-000000000001",
    "position": 1,
    "idempotency_key": "web-7f3a-0001",
}
LESS: dict[str, Any] = {"profile_id": "anna", "item_id": "tie-1", "kind": "less"}
VIEW: dict[str, Any] = {"session_id": "s-42", "item_id": "tie-1", "kind": "view"}

LIST_PROFILES: dict[str, Any] = {
    "tags": PROFILES,
    "operation_id": "list_profiles",
    "summary": "List profiles",
    "description": "Profiles in the order of their ids, a page at a time. Needs the scope `read`.",
    "parameters": LIST_PARAMETERS,
    "responses": {
        200: OpenApiResponse(
            ProfilePage,
            "A page.",
            [OpenApiExample("A page", value={"profiles": [ANSWER], "next_cursor": "YW5uYQ"}, response_only=True)],
        ),
        **problems(400),
    },
}
GET_PROFILE: dict[str, Any] = {
    "tags": PROFILES,
    "operation_id": "get_profile",
    "summary": "Read a profile",
    "description": "All that the platform holds of the person but their events. Needs the scope `read`.",
    "parameters": [PROFILE_ID],
    "responses": {200: PROFILE_ANSWER, **problems(404)},
}
PUT_PROFILE: dict[str, Any] = {
    "tags": PROFILES,
    "operation_id": "put_profile",
    "summary": "Make or replace a profile",
    "description": (
        "Fields that are left out become empty, but consent (`learn`, `personalise`), `is_test` and `muted_categories` "
        "stay as they are stored; a new profile has both consents. `profile_id` may be left out of the body. Needs the "
        "scope `profiles`."
    ),
    "parameters": [PROFILE_ID],
    "request": {"application/json": ProfileBody},
    "responses": {200: PROFILE_ANSWER, 201: MADE, **problems(400)},
    "examples": [OpenApiExample("Anna", value=ANNA, request_only=True)],
}
PATCH_PROFILE: dict[str, Any] = {
    "tags": PROFILES,
    "operation_id": "patch_profile",
    "summary": "Change fields of a profile",
    "description": (
        "Only the fields that are sent change; `attributes` and `muted_categories` are replaced whole. Of a muted "
        "category nothing is in the person's next list. Needs the scope `profiles`."
    ),
    "parameters": [PROFILE_ID],
    "request": {"application/json": ProfileBody},
    "responses": {200: PROFILE_ANSWER, **problems(400, 404)},
    "examples": [
        OpenApiExample("Consent withdrawn", value={"learn": False}, request_only=True),
        OpenApiExample("Not these categories", value={"muted_categories": ["shoes"]}, request_only=True),
        OpenApiExample("All categories again", value={"muted_categories": []}, request_only=True),
    ],
}
DELETE_PROFILE: dict[str, Any] = {
    "tags": PROFILES,
    "operation_id": "delete_profile",
    "summary": "Erase a profile",
    "description": "The person's profile, events, vectors and recorded answers are erased. Needs the scope `profiles`.",
    "parameters": [PROFILE_ID],
    "responses": {204: OpenApiResponse(description="Everything of the person is gone."), **problems(404)},
}
BULK_PROFILES: dict[str, Any] = {
    "tags": PROFILES,
    "operation_id": "bulk_profiles",
    "summary": "Make or replace many profiles",
    "description": (
        "One profile a line as `application/x-ndjson` (read as it arrives, up to 100,000 lines), or a list as "
        "`application/json`. Each row is answered for by itself: a bad row is rejected with its fields, the others "
        "are saved. Statuses: `created`, `changed`, `unchanged`, `replaced` (a later row has the same id), `rejected`. "
        "Needs the scope `profiles`."
    ),
    "request": {"application/json": ProfileRows, "application/x-ndjson": ProfileRow},
    "responses": {
        200: OpenApiResponse(RowResults, "Every row was taken.", [results_example("All saved", "profile_id", "anna")]),
        207: OpenApiResponse(
            RowResults,
            "Some rows were rejected.",
            [results_example("One rejected", "profile_id", "anna", field="language", rejected=True)],
        ),
        **problems(400, 413),
    },
    "examples": [
        OpenApiExample(
            "A list", value=[{"profile_id": "anna", **ANNA}], request_only=True, media_type="application/json"
        ),
        OpenApiExample(
            "Lines",
            value='{"profile_id": "anna", "interests": "dark wool"}\n{"profile_id": "ben"}\n',
            request_only=True,
            media_type="application/x-ndjson",
        ),
    ],
}
POST_EVENTS: dict[str, Any] = {
    "tags": EVENTS,
    "operation_id": "post_events",
    "summary": "Store events",
    "description": (
        "One event as an object, or up to 10,000 as a list or as JSON lines. They are stored when the answer leaves, "
        "and the next list reflects them: `more` and `less` say more like this, less like this. An event with an "
        "`idempotency_key` that was used before is a `duplicate` and changes nothing, so a request that failed can be "
        "sent again. A profile that is new is made; an event without "
        "`occurred_at` happened now. A single event that is not valid answers 400; in a list every row has its own "
        "result, and the status is 207 when some were rejected. More than 10,000 answer 413 and none is stored. "
        "Needs the scope `events`."
    ),
    "request": {"application/json": EventRows, "application/x-ndjson": EventRow},
    "responses": {
        200: OpenApiResponse(
            EventAnswers,
            "A list, every row of it taken; or a single event that was there already.",
            [
                results_example("A list", "item_id", "suit-1", done="stored"),
                OpenApiExample("A single event again", value={"status": "duplicate"}, response_only=True),
            ],
        ),
        201: OpenApiResponse(
            EventAnswer,
            "The single event is stored.",
            [OpenApiExample("A single event", value={"status": "stored"}, response_only=True)],
        ),
        207: OpenApiResponse(
            RowResults,
            "A list, some rows of it rejected.",
            [results_example("One rejected", "item_id", "suit-1", done="stored", field="kind", rejected=True)],
        ),
        **problems(400, 413),
    },
    "examples": [
        OpenApiExample("One", value=LIKE, request_only=True, media_type="application/json"),
        OpenApiExample("Less like this", value=LESS, request_only=True, media_type="application/json"),
        OpenApiExample("A list", value=[LIKE, VIEW], request_only=True, media_type="application/json"),
        OpenApiExample(
            "Lines",
            value='{"session_id": "s-42", "item_id": "tie-1", "kind": "view"}\n',
            request_only=True,
            media_type="application/x-ndjson",
        ),
    ],
}
