"""Addresses of this app. Ids are your own: any printable characters, a slash written as %2F among them."""

from django.urls import URLPattern, URLResolver, path, re_path

from users import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/profiles/", views.ProfileList.as_view(), name="profiles"),
    # The profile whose id is `bulk` answers here too: only POST is the list's.
    path("api/v1/profiles/bulk/", views.ProfileBulk.as_view(), {"profile_id": "bulk"}, name="profiles-bulk"),
    re_path(r"^api/v1/profiles/(?P<profile_id>.+?)/?$", views.ProfileDetail.as_view(), name="profile"),
    path("api/v1/events/", views.EventList.as_view(), name="events"),
]
