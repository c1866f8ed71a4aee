"""Every address on a portal's host, built from what the modules declare."""

from django.urls import URLPattern, URLResolver, include, path

from infra.kit.registry import registry
from saas.operator.tables import tables
from saas.settings.apps import GROUND

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("infra.api.urls")),
    path("storage/", include("infra.adapters.storage.urls")),
    path("operator/tables/", tables.urls),
]
_grounds = {package.rsplit(".", 1)[-1] for package in GROUND}
for _spec in registry.modules.values():
    if _spec.portal_urls:
        # The house's own rooms name whole paths (settings/…, people/…); a module lives under its slug.
        urlpatterns.append(path("" if _spec.slug in _grounds else f"{_spec.slug}/", include(_spec.portal_urls)))

handler400 = "infra.ui.errors.bad_request"
handler403 = "infra.ui.errors.permission_denied"
handler404 = "infra.ui.errors.page_not_found"
handler500 = "infra.ui.errors.server_error"
