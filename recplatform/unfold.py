"""The admin's sidebar; its first page shows the same groups with a word on each page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


def _page(title: StrPromise, model: str, description: StrPromise, icon: str) -> dict[str, Any]:
    """A link to a model's list, for those who may see it. `model` is “app.name”."""
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "description": description,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": _may_view(f"{app}.view_{name}"),
    }


def _may_view(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


SIDEBAR: dict[str, Any] = {
    "show_search": True,
    "navigation": [
        {
            "title": _("Catalog"),
            "separator": True,
            "items": [
                _page(
                    _("Catalogs"),
                    "catalog.catalog",
                    _("The isolated worlds, each with its own items, people and keys"),
                    "store",
                ),
                _page(_("Items"), "catalog.item", _("What can be recommended"), "inventory_2"),
                _page(
                    _("Relations"),
                    "catalog.relation",
                    _("What an item has to do with another, or with a name"),
                    "share",
                ),
                _page(
                    _("Imports"),
                    "catalog.importrun",
                    _("Upload a CSV, JSONL or Excel file, map its columns, watch it being read"),
                    "upload_file",
                ),
            ],
        },
        {
            "title": _("People"),
            "separator": True,
            "items": [
                _page(_("Profiles"), "users.profile", _("The people who are served, and their consent"), "person"),
                _page(_("Events"), "users.event", _("What they did, newest first"), "touch_app"),
                _page(
                    _("Kinds of event"),
                    "users.eventkind",
                    _("What a view, a like or a purchase means in a catalog"),
                    "tune",
                ),
            ],
        },
        {
            "title": _("Recommendations"),
            "separator": True,
            "items": [
                {
                    **_page(
                        _("Try it"),
                        "recommender.savedcase",
                        _("Ask as a visitor would, and see the list and why"),
                        "experiment",
                    ),
                    "link": reverse_lazy("admin:recommender_savedcase_try"),
                },
                _page(
                    _("Placements"),
                    "recommender.placement",
                    _("Where lists appear: pin, boost, bury and block with a live preview; publish, restore"),
                    "dashboard_customize",
                ),
                _page(
                    _("Pipelines"),
                    "recommender.pipeline",
                    _("Which stages make a list, and which fusion strategy joins them"),
                    "account_tree",
                ),
                {
                    **_page(
                        _("Cases"),
                        "recommender.savedcase",
                        _("Requests that are asked again before a draft is published"),
                        "bookmark",
                    ),
                    # Its address begins that of “Try it”.
                    "active": lambda request: "/savedcase/" in request.path and "/savedcase/try/" not in request.path,
                },
                _page(
                    _("Experiments"),
                    "recommender.experiment",
                    _("Which of two pipelines is better on a placement; promote it"),
                    "science",
                ),
                _page(
                    _("Configurations"),
                    "recommender.configuration",
                    _("Plugins with their settings, to be used as stages"),
                    "extension",
                ),
                _page(
                    _("Training runs"),
                    "recommender.trainingrun",
                    _("Start one, see how far it is, cancel it"),
                    "model_training",
                ),
                _page(
                    _("Model versions"),
                    "recommender.modelversion",
                    _("What was learned, whether it is better, what is live; roll back"),
                    "history",
                ),
                _page(
                    _("Scorecards"),
                    "recommender.scorecard",
                    _("How good a pipeline is on the catalog's own held-out events"),
                    "leaderboard",
                ),
                _page(
                    _("Spaces"), "recommender.space", _("How many items are encoded, and what is live"), "scatter_plot"
                ),
                _page(
                    _("Recorded answers"),
                    "recommender.recommendation",
                    _("What was answered to whom, and how it came about"),
                    "list_alt",
                ),
                _page(_("Statistics"), "recommender.statistics", _("What was counted from the events"), "bar_chart"),
            ],
        },
        {
            "title": _("Staff"),
            "separator": True,
            "items": [
                _page(_("Memberships"), "users.membership", _("Who works on which catalog, as what"), "group"),
                _page(_("Users"), "users.user", _("Who signs in here"), "badge"),
                _page(_("API keys"), "users.apikey", _("What shops and apps call with"), "key"),
            ],
        },
    ],
}
