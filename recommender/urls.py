"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from recommender import health, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/recommendations/", views.RecommendationsView.as_view(), name="recommendations"),
    path("api/v1/placements/", views.PlacementsView.as_view(), name="placements"),
    path("api/v1/why-not/", views.WhyNotView.as_view(), name="why-not"),
    path("api/v1/search/", views.SearchView.as_view(), name="search"),
    path("api/v1/similar-items/", views.SimilarItemsView.as_view(), name="similar-items"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
]
