"""What can go wrong with profiles and events. The class docstring is the default message."""

from __future__ import annotations


class UsersError(Exception):
    """The profiles or events could not do what was asked."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class ProfileNotFoundError(UsersError):
    """The catalog has no profile of that id."""


class TooManyEventsError(UsersError):
    """More events than one call takes: send them in parts."""


class KeyEndedError(UsersError):
    """The API key was revoked or has expired: make a new one."""
