"""What the web server asks before it gets a certificate for a host it was called by."""

from django.http import HttpRequest, HttpResponse

from infra.kit.screens import public_page
from tenants.portals.domain.custom_domain import may_have_certificate


@public_page(reason="the web server asks it for unknown hosts (Caddy: on_demand_tls ask)")
def certificate(request: HttpRequest) -> HttpResponse:
    """200 where `?domain=` is a host of ours or a proven one, 404 elsewhere (promise 15)."""
    return HttpResponse(status=200 if may_have_certificate(request.GET.get("domain", "")) else 404)
