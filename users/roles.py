"""Who may do what, by role. THE one place: everything the admin allows or hides follows from this table.

A role holds in one catalog (`users.models.Membership`) and includes the roles before it. What is not listed here is for
superusers alone, who may do everything in every catalog.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """From the one who reads to the one who decides who else may."""

    ANALYST = "analyst", _("Analyst")
    EDITOR = "editor", _("Editor")
    OPERATOR = "operator", _("Operator")
    OWNER = "owner", _("Owner")


ANALYST, EDITOR, OPERATOR, OWNER = Role.ANALYST, Role.EDITOR, Role.OPERATOR, Role.OWNER
NOBODY = None
DUTIES = {
    ANALYST: _("reads everything"),
    EDITOR: _("also edits items, relations, configurations, pipelines, placements and rules"),
    OPERATOR: _("also trains, promotes, rolls back, imports, and keeps people, kinds of event, spaces and API keys"),
    OWNER: _("also decides who works on the catalog, and changes the catalog itself"),
}


class Rights(NamedTuple):
    """The first role that may view, add, change and delete; `NOBODY` leaves it to superusers."""

    view: Role
    add: Role | None
    change: Role | None
    delete: Role | None


RIGHTS = {
    # Model                             view     add       change    delete
    "catalog.catalog": Rights(ANALYST, NOBODY, OWNER, NOBODY),
    "catalog.item": Rights(ANALYST, EDITOR, EDITOR, EDITOR),
    "catalog.relation": Rights(ANALYST, EDITOR, EDITOR, EDITOR),
    "catalog.importrun": Rights(ANALYST, OPERATOR, OPERATOR, OPERATOR),
    "users.membership": Rights(ANALYST, OWNER, OWNER, OWNER),
    "users.apikey": Rights(ANALYST, OPERATOR, OPERATOR, OPERATOR),
    "users.profile": Rights(ANALYST, OPERATOR, OPERATOR, OPERATOR),
    "users.event": Rights(ANALYST, NOBODY, NOBODY, NOBODY),
    "users.eventkind": Rights(ANALYST, OPERATOR, OPERATOR, OPERATOR),
    "recommender.configuration": Rights(ANALYST, EDITOR, EDITOR, EDITOR),
    "recommender.pipeline": Rights(ANALYST, EDITOR, EDITOR, EDITOR),
    "recommender.stage": Rights(ANALYST, EDITOR, EDITOR, EDITOR),
    "recommender.placement": Rights(ANALYST, EDITOR, EDITOR, EDITOR),
    "recommender.placementrule": Rights(ANALYST, EDITOR, EDITOR, EDITOR),
    "recommender.savedcase": Rights(ANALYST, EDITOR, EDITOR, EDITOR),
    "recommender.experiment": Rights(ANALYST, EDITOR, EDITOR, EDITOR),
    "recommender.arm": Rights(ANALYST, EDITOR, EDITOR, EDITOR),
    # To change a revision is to publish or restore it; to change a model version, to promote it or roll it back.
    "recommender.revision": Rights(ANALYST, NOBODY, EDITOR, NOBODY),
    "recommender.modelversion": Rights(ANALYST, NOBODY, OPERATOR, NOBODY),
    "recommender.trainingrun": Rights(ANALYST, OPERATOR, OPERATOR, NOBODY),
    "recommender.scorecard": Rights(ANALYST, OPERATOR, OPERATOR, OPERATOR),
    "recommender.space": Rights(ANALYST, OPERATOR, OPERATOR, OPERATOR),
    "recommender.statistics": Rights(ANALYST, NOBODY, NOBODY, NOBODY),
    "recommender.recommendation": Rights(ANALYST, NOBODY, NOBODY, NOBODY),
}
RANK = {role: rank for rank, role in enumerate(Role)}


def first_role(permission: str) -> Role | None:
    """The first role that has what “app.action_model” names; None where no role has it."""
    application, _dot, name = permission.partition(".")
    action, _line, model = name.partition("_")
    rights = RIGHTS.get(f"{application}.{model}")
    found: Role | None = getattr(rights, action, None) if action in Rights._fields else None
    return found


def allows(role: str, permission: str) -> bool:
    """Whether a role has what “app.action_model” names."""
    first = first_role(permission)
    return first is not None and RANK[Role(role)] >= RANK[first]


def permissions_of(role: str) -> frozenset[str]:
    """All that a role has, as “app.action_model”."""
    named = (f"{label.replace('.', f'.{action}_')}" for label in RIGHTS for action in Rights._fields)
    return frozenset(permission for permission in named if allows(role, permission))
