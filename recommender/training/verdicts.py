"""What a model version came to, in words: for the command and for the admin."""

from __future__ import annotations

from recommender.models import ModelVersion


def passed(version: ModelVersion) -> bool | None:
    """Whether the gate let it pass; None where it was not asked."""
    value = version.verdict.get("passed")
    return None if value is None else bool(value)


def headline(version: ModelVersion) -> str:
    """The gate's word and what became of the version."""
    word = {True: "better than what was live", False: "not better than what was live", None: "not judged"}
    return f"{version.status}: {word[passed(version)]}"


def reasons(version: ModelVersion) -> list[str]:
    """Why, one sentence each."""
    return [str(one) for one in version.verdict.get("reasons") or ()]
