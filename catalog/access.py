"""What the API key of a request opens. Whoever authenticates makes it; views of every app only read it."""

from __future__ import annotations

from dataclasses import dataclass

from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

NO_KEY = (
    "No API key came with the request: send the header `Authorization: Bearer <key>`. "
    "`manage.py create_key --catalog SLUG` makes a key."
)


@dataclass(frozen=True, slots=True)
class Access:
    """The one catalog that a request may touch, and what it may do there. It is the request's `auth`."""

    catalog_id: int
    slug: str
    scopes: frozenset[str]
    key_id: int


def access(request: Request) -> Access:
    """The access of an authenticated request.

    Raises:
        NotAuthenticated: the request carried no key (401).
    """
    if isinstance(request.auth, Access):
        return request.auth
    raise NotAuthenticated(NO_KEY)
