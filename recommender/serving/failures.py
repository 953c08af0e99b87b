"""What an answer makes of a plugin's failure (docs/decisions/0004): it goes on without it, or not at all."""

from __future__ import annotations

import logging

import psycopg
from django.db import InterfaceError, OperationalError

from recommender.plugins.exceptions import PluginError

log = logging.getLogger(__name__)


def reason_to_go_on(stage: str, error: Exception) -> str:
    """Why the stage is left out, in words that may be shown to whoever asked; a lost database is raised again.

    A PluginError speaks for itself. Any other exception is a fault of the plugin: the log gets its traceback, the
    answer only its type, since the message may hold what callers should not read.
    """
    if isinstance(error, PluginError):
        return str(error)
    if isinstance(error, OperationalError) and isinstance(error.__cause__, psycopg.errors.QueryCanceled):
        return "A database statement ran past its time limit."
    if isinstance(error, OperationalError | InterfaceError):
        raise error
    log.error("%s failed and is left out of the answer", stage, exc_info=error)
    return f"failed with {type(error).__name__}; the log holds the traceback"
