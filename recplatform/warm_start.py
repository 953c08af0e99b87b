"""What a web process does before its first request, where the settings ask for it."""

from django.conf import settings
from django.db import connection


def load_encoders_if_wanted() -> None:
    """Load the text encoders now (RECPLATFORM_LOAD_ENCODERS_AT_START); else the first sentence loads them."""
    if not settings.LOAD_ENCODERS_AT_START:
        return
    from recommender.services.encoding import load_encoders

    load_encoders()
    connection.close()  # a server that forks after this must not share it
