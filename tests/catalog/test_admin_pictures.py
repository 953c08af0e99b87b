"""Pictures come from where the item's own site is, and from nowhere else than the web."""

from __future__ import annotations

import pytest

from catalog.admin_pictures import address, picture


@pytest.mark.parametrize(
    ("image_url", "url", "expected"),
    [
        ("https://cdn.example/a.jpg", "", "https://cdn.example/a.jpg"),
        ("/img/a.jpg", "https://shop.example/suits/1", "https://shop.example/img/a.jpg"),
        ("//cdn.example/a.jpg", "https://shop.example/suits/1", "https://cdn.example/a.jpg"),
        ("/img/a.jpg", "", ""),
        ("javascript:alert(1)", "https://shop.example/", ""),
        ("data:image/png;base64,AA", "", ""),
        ("https://[broken", "", ""),
        ("", "https://shop.example/suits/1", ""),
    ],
)
def test_addresses(image_url: str, url: str, expected: str) -> None:
    assert address(image_url, url) == expected


def test_a_picture_is_lazy_and_tells_no_other_site_where_it_is_shown() -> None:
    shown = picture('https://cdn.example/a.jpg?x="><script>', pixels=64)
    assert 'loading="lazy"' in shown
    assert 'referrerpolicy="no-referrer"' in shown
    assert "<script>" not in shown
    assert "64px" in shown
    assert "<img" not in picture("")
