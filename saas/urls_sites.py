"""Every address on the public hosts of published sites: no session, no portal cookie."""

from django.urls import URLPattern, URLResolver, include, path

from infra.kit.registry import registry

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(spec.site_urls)) for spec in registry.modules.values() if spec.site_urls
]

handler400 = "infra.ui.errors.bad_request"
handler404 = "infra.ui.errors.page_not_found"
handler500 = "infra.ui.errors.server_error"
