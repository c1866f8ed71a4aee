"""The start-up checks pass for the house, and would not pass for a page that declares nothing."""

from datetime import timedelta

from django.core.checks import run_checks
from django.http import HttpRequest, HttpResponse

from infra.kit.screens import screen
from infra.kit.spec import ModuleSpec, NavEntry, Schedule, Widget
from saas.checks import check_gates, check_specs, dead_ends, declares_gate, routes, unknown_names


def test_the_house_starts() -> None:
    assert [str(message) for message in run_checks() if message.level >= 30] == []
    assert check_specs() == []
    assert check_gates() == []


def test_an_undeclared_view_is_found() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert not declares_gate(view)


def test_a_page_that_asks_for_what_nobody_declares_is_found() -> None:
    @screen("crm.lead.veiw", feature="sites.own_cdoe")
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    class Things:
        permissions = {"list": "crm.lead.veiw", "create": "*"}

    def api(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    api.cls = Things  # type: ignore[attr-defined]  # as DRF's as_view() leaves it
    permission, feature = "no module declares 'crm.lead.veiw' among its {}", "no module declares 'sites.own_cdoe' among"
    assert [said[:50] for said in unknown_names(view)] == [
        permission.format("permissions")[:50],
        f"{feature} its features"[:50],
    ]
    assert list(unknown_names(api)) == [permission.format("permissions")]


def test_a_spec_that_names_what_is_not_there_is_found() -> None:
    spec = ModuleSpec(
        slug="shop",
        title="Shop",
        icon="cart",
        nav=(NavEntry(key="shop.orders", title="Orders", icon="cart", url_name="crm:laeds"),),
        widgets=(Widget(key="shop.sales", title="Sales", template="shop/none.html", context="os.path.join"),),
        schedules=(Schedule(key="shop.count", task="crm.nothing", every=timedelta(days=1)),),
        export=("crm.Laed",),
    )
    assert list(dead_ends(spec)) == [
        "shop.orders: no page is called 'crm:laeds'",
        "shop.sales: there is no template 'shop/none.html'",
        "shop.count: there is no task 'crm.nothing'",
        "shop.export: there is no model 'crm.Laed'",
    ]


def test_routes_walk_into_includes() -> None:
    paths = {route.path for route in routes("saas.urls_portal")}
    assert "/" in paths
    assert any(path.startswith("/crm/") for path in paths)
