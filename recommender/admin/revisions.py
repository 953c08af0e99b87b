"""Revisions as a person reads them: what was changed, before and after; and the whole history of one thing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import gettext as _

from recommender.selectors.revisions import Change, Subject

PER_PAGE = 30
PLACE = {"title", "position", "enabled", "optional"}
"""What every stage and rule has besides its settings (`selectors.revisions`)."""


def changes_told(changes: Iterable[Change]) -> list[dict[str, str]]:
    """What, before, after, as texts. Of a stage or rule that came or went only that it did, and how it is set."""
    listed = list(changes)
    came, went = ({one["what"] for one in listed if one[side] is None} for side in ("before", "after"))
    return [
        {"what": str(one["what"]), "before": told(one["before"]), "after": told(one["after"])}
        for one in listed
        if not _goes_without_saying(*str(one["what"]).rpartition(": "), came, went)
    ]


def _goes_without_saying(of: str, _colon: str, name: str, came: set[str], went: set[str]) -> bool:
    return of in went or (of in came and name in PLACE)


def told(value: Any) -> str:
    """A value of a snapshot; a dash for what is not there."""
    if value is None or value == "" or value == [] or value == {}:
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def history(request: HttpRequest, subject: Subject) -> dict[str, Any]:
    """One page of the changes, newest first, and which of them answers."""
    rows = subject.revisions.select_related("author").order_by("-number")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    newest = rows.values_list("number", flat=True).first()
    entries = [
        {
            "revision": one,
            "changes": changes_told(one.changes),
            "answers": one.version is not None and one.version == subject.version,
            "is_draft": one.number == newest,
            "restore": {"aria-label": f"{_('Restore')}: {_('change %(number)s') % {'number': one.number}}"},
            "restore_and_publish": {
                "aria-label": f"{_('Restore and publish')}: {_('change %(number)s') % {'number': one.number}}"
            },
        }
        for one in page
    ]
    return {"page": page, "entries": entries}
