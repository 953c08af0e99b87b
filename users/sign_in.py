"""The admin's sign-in, which makes who guesses wait. Named by its dotted path in the settings (UNFOLD)."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.forms import ValidationError
from django.http import HttpRequest
from django.utils.translation import ngettext
from redis.exceptions import RedisError
from unfold.forms import AuthenticationForm

ADDRESS_SHARE = 10
"""An address may fail so many times as often as a name: an office has one address and many people."""

log = logging.getLogger(__name__)


class SignInForm(AuthenticationForm):
    """As ever, but after `SIGN_IN_FAILURES` failures of a name, and ten times as many of an address, one has to wait.

    An attempt is counted before the password is looked at, so that many at once get no further than one after another.
    Names that do not exist are counted like those that do. One that succeeds is taken back.
    """

    def clean(self) -> dict[str, Any]:
        """Count, refuse or check, and take back what succeeded."""
        counters = list(_counters(self.cleaned_data.get("username", ""), self.request))
        waits = [wait for key, most in counters if (wait := _count(key, most))]
        if waits:
            log.warning("Sign-in refused for %d s: too many failures.", max(waits))
            raise ValidationError(_told(max(waits)), code="wait")
        values: dict[str, Any] = super().clean()
        if self.user_cache is not None:
            _take_back(counters)
        return values


def _counters(username: str, request: HttpRequest | None) -> Iterator[tuple[str, int]]:
    """The keys to count under, each with how many failures it may have."""
    most = settings.SIGN_IN_FAILURES
    if username:
        yield f"sign-in:name:{sha256(username.casefold().encode()).hexdigest()}", most
    if request is not None:
        yield f"sign-in:address:{sha256(address(request).encode()).hexdigest()}", most * ADDRESS_SHARE


def address(request: HttpRequest) -> str:
    """Whence the request comes. Behind a proxy that is the last entry of X-Forwarded-For, the one the proxy wrote."""
    forwarded: str = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def _count(key: str, most: int) -> float:
    """Count one attempt; how many seconds to wait, 0 if it may go on. Without Redis nothing is counted."""
    window = settings.SIGN_IN_WAIT_MINUTES * 60
    try:
        if cache.add(key, 1, window):
            cache.set(f"{key}:until", time.time() + window, window)
            return 0
        if cache.incr(key) <= most:
            return 0
        return max(1.0, float(cache.get(f"{key}:until", 0)) - time.time())
    except ValueError:  # it ended between the two
        return 0
    except RedisError as error:
        log.warning("Sign-ins are not counted while Redis is away: %s", error)
        return 0


def _take_back(counters: list[tuple[str, int]]) -> None:
    """The name starts anew; the address only loses this one attempt, or a guesser with an account would start anew."""
    try:
        for key, most in counters:
            if most == settings.SIGN_IN_FAILURES:
                cache.delete(key)
            else:
                cache.decr(key)
    except (RedisError, ValueError):
        pass


def _told(seconds: float) -> str:
    minutes = math.ceil(seconds / 60)
    text = ngettext(
        "Too many attempts to sign in. Wait %(minutes)s minute, then try again.",
        "Too many attempts to sign in. Wait %(minutes)s minutes, then try again.",
        minutes,
    )
    return text % {"minutes": minutes}
