"""Addresses of this app. Ids are your own: any printable characters, a slash written as %2F among them.

The final slash may be left out: a redirect would lose the body of a POST.
"""

from django.urls import URLPattern, URLResolver, re_path

from catalog import views

urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^api/v1/items/?$", views.ItemList.as_view(), name="items"),
    # The item whose id is `bulk` answers here too: only POST is the list's.
    re_path(r"^api/v1/items/bulk/?$", views.ItemBulk.as_view(), {"item_id": "bulk"}, name="items-bulk"),
    re_path(r"^api/v1/items/(?P<item_id>.+?)/?$", views.ItemDetail.as_view(), name="item"),
]
