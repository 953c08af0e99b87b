"""Addresses of this app. Ids are your own: any printable characters, a slash written as %2F among them.

The final slash may be left out: a redirect would lose the body of a POST.
"""

from django.urls import URLPattern, URLResolver, re_path

from users import views

urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^api/v1/profiles/?$", views.ProfileList.as_view(), name="profiles"),
    # The profile whose id is `bulk` answers here too: only POST is the list's.
    re_path(r"^api/v1/profiles/bulk/?$", views.ProfileBulk.as_view(), {"profile_id": "bulk"}, name="profiles-bulk"),
    re_path(r"^api/v1/profiles/(?P<profile_id>.+?)/?$", views.ProfileDetail.as_view(), name="profile"),
    re_path(r"^api/v1/events/?$", views.EventList.as_view(), name="events"),
]
