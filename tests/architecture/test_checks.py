"""The start-up checks pass for the house, and would not pass for a page that declares nothing."""

from django.core.checks import run_checks
from django.http import HttpRequest, HttpResponse

from saas.checks import check_gates, check_specs, declares_gate, routes


def test_the_house_starts() -> None:
    assert [str(message) for message in run_checks() if message.level >= 30] == []
    assert check_specs() == []
    assert check_gates() == []


def test_an_undeclared_view_is_found() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert not declares_gate(view)


def test_routes_walk_into_includes() -> None:
    paths = {route.path for route in routes("saas.urls_portal")}
    assert "/" in paths
    assert any(path.startswith("/crm/") for path in paths)
