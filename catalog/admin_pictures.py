"""The picture of an item, wherever the admin shows one."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from django.template.loader import render_to_string

SMALL, LARGE = 40, 224


def picture(image_url: str, url: str = "", pixels: int = SMALL) -> str:
    """The picture, or a neutral placeholder of the same size where there is none or it cannot be loaded.

    It says nothing that the title beside it does not, so screen readers are spared it.
    """
    return render_to_string("catalog/admin/picture.html", {"address": address(image_url, url), "pixels": pixels})


def address(image_url: str, url: str = "") -> str:
    """Where the picture is: a path is one on the site that the item's own address is on. Empty where it is nowhere."""
    try:
        found = urljoin(url, image_url) if image_url else ""
        return found if urlsplit(found).scheme in ("http", "https") else ""
    except ValueError:  # it looks like an address and is none, such as https://[a
        return ""
