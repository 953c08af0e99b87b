"""The admin's sidebar; its first page shows the same groups with a word on each page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy


def _page(title: str, model: str, description: str, icon: str) -> dict[str, Any]:
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
            "title": "Catalog",
            "separator": True,
            "items": [
                _page(
                    "Catalogs",
                    "catalog.catalog",
                    "The isolated worlds, each with its own items, people and keys",
                    "store",
                ),
                _page("Items", "catalog.item", "What can be recommended", "inventory_2"),
                _page("Relations", "catalog.relation", "What an item has to do with another, or with a name", "share"),
                _page(
                    "Imports",
                    "catalog.importrun",
                    "Upload a CSV, JSONL or Excel file, map its columns, watch it being read",
                    "upload_file",
                ),
            ],
        },
        {
            "title": "People",
            "separator": True,
            "items": [
                _page("Profiles", "users.profile", "The people who are served, and their consent", "person"),
                _page("Events", "users.event", "What they did, newest first", "touch_app"),
                _page(
                    "Kinds of event", "users.eventkind", "What a view, a like or a purchase means in a catalog", "tune"
                ),
            ],
        },
        {
            "title": "Recommendations",
            "separator": True,
            "items": [
                {
                    **_page(
                        "Try it",
                        "recommender.savedcase",
                        "Ask as a visitor would, and see the list and why",
                        "experiment",
                    ),
                    "link": reverse_lazy("admin:recommender_savedcase_try"),
                },
                _page(
                    "Placements",
                    "recommender.placement",
                    "Where lists appear: pin, boost, bury and block with a live preview; publish, restore",
                    "dashboard_customize",
                ),
                _page(
                    "Pipelines",
                    "recommender.pipeline",
                    "Which stages make a list, and which fusion strategy joins them",
                    "account_tree",
                ),
                {
                    **_page(
                        "Cases",
                        "recommender.savedcase",
                        "Requests that are asked again before a draft is published",
                        "bookmark",
                    ),
                    # Its address begins that of “Try it”.
                    "active": lambda request: "/savedcase/" in request.path and "/savedcase/try/" not in request.path,
                },
                _page(
                    "Experiments",
                    "recommender.experiment",
                    "Which of two pipelines is better on a placement; promote it",
                    "science",
                ),
                _page(
                    "Configurations",
                    "recommender.configuration",
                    "Plugins with their settings, to be used as stages",
                    "extension",
                ),
                _page(
                    "Training runs",
                    "recommender.trainingrun",
                    "Start one, see how far it is, cancel it",
                    "model_training",
                ),
                _page(
                    "Model versions",
                    "recommender.modelversion",
                    "What was learned, whether it is better, what is live; roll back",
                    "history",
                ),
                _page(
                    "Scorecards",
                    "recommender.scorecard",
                    "How good a pipeline is on the catalog's own held-out events",
                    "leaderboard",
                ),
                _page("Spaces", "recommender.space", "How many items are encoded, and what is live", "scatter_plot"),
                _page(
                    "Recorded answers",
                    "recommender.recommendation",
                    "What was answered to whom, and how it came about",
                    "list_alt",
                ),
                _page("Statistics", "recommender.statistics", "What was counted from the events", "bar_chart"),
            ],
        },
        {
            "title": "Staff",
            "separator": True,
            "items": [
                _page("Memberships", "users.membership", "Who works on which catalog, as what", "group"),
                _page("Users", "users.user", "Who signs in here", "badge"),
                _page("API keys", "users.apikey", "What shops and apps call with", "key"),
            ],
        },
    ],
}
