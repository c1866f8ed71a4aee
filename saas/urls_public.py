"""Every address on the service's own host: home, pricing, registration."""

from django.urls import URLPattern, URLResolver, include, path

from infra.kit.registry import registry

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("saas.site.urls")),
    path("", include("saas.signup.urls")),
    *(path("", include(spec.public_urls)) for spec in registry.modules.values() if spec.public_urls),
]

handler400 = "infra.ui.errors.bad_request"
handler403 = "infra.ui.errors.permission_denied"
handler404 = "infra.ui.errors.page_not_found"
handler500 = "infra.ui.errors.server_error"
