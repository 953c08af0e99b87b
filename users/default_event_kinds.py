"""The kinds of event that a new catalog starts with. They are rows: an administrator changes them as needed.

Weights say how much one event tells of a taste, next to a click; half-lives how long it counts in what is popular.
Ratings are out of five stars, dwell is in seconds. What is consumed is not recommended to that person again.
`more` and `less` are what a person says of a list: more like this, less like this.
"""

from __future__ import annotations

from typing import NamedTuple

from users.models import Sign


class DefaultKind(NamedTuple):
    """One row, its fields named as in `users.models.EventKind`."""

    name: str
    sign: Sign
    weight: float
    half_life_days: float
    consumes: bool = False
    positive_from: float | None = None
    negative_to: float | None = None


DEFAULT_EVENT_KINDS = (
    DefaultKind("impression", Sign.NEUTRAL, 0.0, 30),
    DefaultKind("view", Sign.POSITIVE, 0.3, 30),
    DefaultKind("click", Sign.POSITIVE, 1.0, 60),
    DefaultKind("dwell", Sign.POSITIVE, 1.0, 60, positive_from=30, negative_to=3),
    DefaultKind("more", Sign.POSITIVE, 3.0, 180),
    DefaultKind("like", Sign.POSITIVE, 2.0, 180),
    DefaultKind("share", Sign.POSITIVE, 2.0, 180),
    DefaultKind("comment", Sign.POSITIVE, 1.5, 180),
    DefaultKind("cart", Sign.POSITIVE, 2.0, 90),
    DefaultKind("play", Sign.POSITIVE, 2.0, 180, consumes=True),
    DefaultKind("purchase", Sign.POSITIVE, 3.0, 365, consumes=True),
    DefaultKind("rating", Sign.POSITIVE, 2.0, 365, consumes=True, positive_from=4, negative_to=2),
    DefaultKind("skip", Sign.NEGATIVE, 0.5, 60),
    DefaultKind("less", Sign.NEGATIVE, 2.0, 365, consumes=True),
    DefaultKind("dislike", Sign.NEGATIVE, 2.0, 365, consumes=True),
)
