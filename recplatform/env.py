"""Typed readers of environment variables, whose errors name the variable, the value and the way out."""

import os
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

# A request multiplies small matrices: one BLAS thread each is faster than many that wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
PROCESS_VARIABLE = "RECPLATFORM_PROCESS"
MINIMAL_SECRET_LENGTH = 50


def env_str(name: str, default: str = "", *, choices: tuple[str, ...] = ()) -> str:
    """The value without surrounding blanks; `default` when unset or empty."""
    value = os.environ.get(name, "").strip() or default
    if choices and value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to one of {', '.join(choices)}.")
    return value


def env_bool(name: str, default: bool = False) -> bool:
    """1, true, yes, on or 0, false, no, off."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to 1 or 0, or leave it unset for {int(default)}.")
    return value in TRUE


def env_int(name: str, default: int, *, minimum: int | None = None, maximum: int | None = None) -> int:
    """A whole number within its limits."""
    value = os.environ.get(name, "").strip()
    try:
        number = int(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to a whole number such as {default}.") from None
    if minimum is not None and number < minimum:
        raise ImproperlyConfigured(f"{name} is {number}: set it to {minimum} or more.")
    if maximum is not None and number > maximum:
        raise ImproperlyConfigured(f"{name} is {number}: set it to {maximum} or less.")
    return number


def env_list(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """Values between commas; blanks and empty values are left out."""
    value = os.environ.get(name, "")
    return [part.strip() for part in value.split(",") if part.strip()] or list(default)


def env_url(name: str, *, schemes: tuple[str, ...], example: str) -> str:
    """An address with one of the schemes, or an empty string. Its password never shows in the error."""
    value = os.environ.get(name, "").strip()
    if value and urlsplit(value).scheme not in schemes:
        shown = f"{value.split('://')[0]}://…" if "://" in value else "an address without a scheme"
        raise ImproperlyConfigured(
            f"{name} is {shown}: its scheme has to be one of {', '.join(schemes)}; set it to something like {example}."
        )
    return value


def env_secret(name: str, *, way_out: str) -> str:
    """A secret has no default and is never shown."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {way_out}")
    if len(value) < MINIMAL_SECRET_LENGTH:
        raise ImproperlyConfigured(
            f"{name} has {len(value)} characters, {MINIMAL_SECRET_LENGTH} or more are needed: {way_out}"
        )
    return value


def mark_web_process() -> None:
    """Called where a web server starts: settings then give its SQL statements a time limit."""
    os.environ[PROCESS_VARIABLE] = "web"


def is_web_process() -> bool:
    """Whether this process answers requests (commands and workers have no limit on their statements)."""
    return os.environ.get(PROCESS_VARIABLE) == "web"
