"""The addresses that the description covers: what the registry opens under /api/v1/."""

from django.urls import include, path

from infra.api.routes import urls

urlpatterns = [path("api/v1/", include(urls()))]
