"""Every address: each application writes its own with full paths; only what belongs to the project is here."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from recplatform.demo import views as demo

urlpatterns = [
    path("", demo.start, name="start"),
    path("demo/list/", demo.visit_list, name="demo-list"),
    path("", include("catalog.urls")),
    path("", include("users.urls")),
    path("", include("recommender.urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("admin/", admin.site.urls),
    path("language/", set_language, name="set_language"),
]

handler400 = "recplatform.problems.bad_request"
handler404 = "recplatform.problems.not_found"
handler500 = "recplatform.problems.server_error"
