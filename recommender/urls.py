"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from recommender import experiment_views, health, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/recommendations/", views.RecommendationsView.as_view(), name="recommendations"),
    path("api/v1/placements/", views.PlacementsView.as_view(), name="placements"),
    path("api/v1/why-not/", views.WhyNotView.as_view(), name="why-not"),
    path("api/v1/search/", views.SearchView.as_view(), name="search"),
    path("api/v1/similar-items/", views.SimilarItemsView.as_view(), name="similar-items"),
    path("api/v1/experiments/", experiment_views.ExperimentsView.as_view(), name="experiments"),
    path("api/v1/experiments/<slug:slug>/", experiment_views.ExperimentView.as_view(), name="experiment"),
    path("api/v1/experiments/<slug:slug>/start/", experiment_views.StartView.as_view(), name="experiment-start"),
    path("api/v1/experiments/<slug:slug>/stop/", experiment_views.StopView.as_view(), name="experiment-stop"),
    path("api/v1/experiments/<slug:slug>/promote/", experiment_views.PromoteView.as_view(), name="experiment-promote"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
]
