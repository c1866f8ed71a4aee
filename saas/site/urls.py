"""The service's own pages."""

from django.urls import URLPattern, path

from infra.ui.views.language import public_language
from saas.site.views import find, home, pricing

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("pricing/", pricing.pricing, name="pricing"),
    path("find/", find.find_portal, name="find_portal"),
    path("language/", public_language, name="language"),
]
