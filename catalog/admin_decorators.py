"""unfold's decorators for pages of the admin, typed so that their words may be translated later (`gettext_lazy`).

A `label` has keys that are not translated: the method returns the key and the words, `("works", gettext("works"))`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from unfold import decorators

Method = TypeVar("Method", bound=Callable[..., Any])


def display(**options: Any) -> Callable[[Method], Method]:
    """A column of a list, or a field to read."""
    made: Any = decorators.display(**options)
    return made  # type: ignore[no-any-return]  # unfold says nothing of what it decorates


def action(**options: Any) -> Callable[[Method], Method]:
    """A button on a page (`actions_list`, `actions_detail`, `actions_row`, `actions_submit_line`)."""
    made: Any = decorators.action(**options)
    return made  # type: ignore[no-any-return]  # as above
