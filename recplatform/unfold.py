"""The admin's sidebar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy


def _page(title: str, model: str, icon: str) -> dict[str, Any]:
    """A link to a model's list, for those who may see it. `model` is “app.name”."""
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
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
                _page("Catalogs", "catalog.catalog", "store"),
                _page("Items", "catalog.item", "inventory_2"),
                _page("Relations", "catalog.relation", "share"),
            ],
        },
        {
            "title": "People",
            "separator": True,
            "items": [
                _page("Profiles", "users.profile", "person"),
                _page("Events", "users.event", "touch_app"),
                _page("Kinds of event", "users.eventkind", "tune"),
            ],
        },
        {
            "title": "Recommendations",
            "separator": True,
            "items": [
                _page("Pipelines", "recommender.pipeline", "account_tree"),
                _page("Configurations", "recommender.configuration", "extension"),
                _page("Spaces", "recommender.space", "scatter_plot"),
                _page("Recorded answers", "recommender.recommendation", "list_alt"),
                _page("Statistics", "recommender.statistics", "bar_chart"),
            ],
        },
        {
            "title": "Staff",
            "separator": True,
            "items": [
                _page("Users", "users.user", "badge"),
                _page("Groups", "auth.group", "group"),
                _page("API keys", "users.apikey", "key"),
            ],
        },
    ],
}
