"""Every address: each application writes its own with full paths; only what belongs to the project is here."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

urlpatterns = [
    path("", include("catalog.urls")),
    path("", include("users.urls")),
    path("", include("recommender.urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("admin/", admin.site.urls),
]

handler400 = "recplatform.problems.bad_request"
handler404 = "recplatform.problems.not_found"
handler500 = "recplatform.problems.server_error"
