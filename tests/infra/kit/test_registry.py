"""The registry refuses an incomplete or wrong spec and loads nothing then."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from infra.kit.errors import UnknownName
from infra.kit.events import Event
from infra.kit.registry import Registry
from infra.kit.spec import (
    Feature,
    Limit,
    ModuleSpec,
    NavEntry,
    Permission,
    RecordKind,
    Schedule,
    Scope,
    StoredFiles,
    Subscription,
    Widget,
)
from infra.kit.spec_checks import SpecError


class Opened(Event):
    name = "shop.opened"


VIEW = Permission(key="shop.order.view", title="See orders", scopes=(Scope.NONE, Scope.OWN, Scope.ALL))
SHOP = ModuleSpec(
    slug="shop",
    title="Shop",
    icon="cart",
    permissions=(VIEW,),
    features=(Feature(key="shop.coupons", title="Coupons"),),
    limits=(Limit(key="shop.orders", title="Orders", unit="orders", refusal="Too many"),),
    nav=(
        NavEntry(key="shop.orders", title="Orders", icon="cart", url_name="shop:orders", permission="shop.order.view"),
    ),
    publishes=(Opened,),
    records=(RecordKind(kind="order", title="Order", title_plural="Orders", icon="cart", resolve="os.path.join"),),
)


NIGHTLY = Schedule(key="shop.nightly", task="shop.count", every=timedelta(days=1))
FILES = StoredFiles(key="shop.files", in_use="os.path.join")


def loaded(*specs: ModuleSpec) -> Registry:
    registry = Registry()
    registry.load(specs)
    return registry


def test_declared_names_are_found_and_unknown_ones_raise() -> None:
    registry = loaded(SHOP)
    assert registry.permission("shop.order.view") is VIEW
    assert registry.feature("shop.coupons").title == "Coupons"
    assert registry.limit("shop.orders").unit == "orders"
    assert registry.event("shop.opened") is Opened
    assert registry.record_kind("shop", "order").title == "Order"
    assert [entry.key for entry in registry.nav] == ["shop.orders"]
    for ask in (registry.permission, registry.feature, registry.limit, registry.event):
        with pytest.raises(UnknownName):
            ask("shop.nothing")
    with pytest.raises(UnknownName):
        registry.record_kind("shop", "nothing")


class Foreign(Event):
    name = "crm.stolen"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slug": "Shop"}, "lower-case"),
        ({"title": ""}, "title and icon"),
        ({"permissions": (replace(VIEW, key="crm.order.view"),)}, "must start with 'shop.'"),
        ({"permissions": (VIEW, VIEW)}, "declared twice"),
        ({"permissions": (replace(VIEW, scopes=(Scope.ALL,)),)}, "choose none"),
        ({"permissions": (replace(VIEW, defaults={"boss": Scope.ALL}),)}, "unknown roles"),
        ({"permissions": (replace(VIEW, defaults={"owner": Scope.DEPARTMENT}),)}, "not among its scopes"),
        ({"nav": (replace(SHOP.nav[0], permission="shop.order.veiw"),)}, "unknown permission 'shop.order.veiw'"),
        ({"nav": (replace(SHOP.nav[0], feature="shop.copouns"),)}, "unknown feature"),
        ({"nav": (VIEW,)}, "is no NavEntry"),
        ({"publishes": (Foreign,)}, "must start with 'shop.'"),
        ({"publishes": (Opened, Opened)}, "declared twice"),
        (
            {"handles": (Subscription(event="shop.closed", handler="os.path.join"),)},
            "no module publishes 'shop.closed'",
        ),
        ({"records": (SHOP.records[0], SHOP.records[0])}, "declared twice"),
        ({"nav": SHOP.nav[0]}, "shop.nav: a tuple is needed, not NavEntry"),
        ({"export": "shop.Order"}, "shop.export: a tuple is needed, not str"),
        ({"handles": (VIEW,)}, "is no Subscription"),
        ({"records": (VIEW,)}, "is no RecordKind"),
        ({"publishes": (VIEW,)}, "is no Event"),
        ({"nav": (replace(SHOP.nav[0], title=""),)}, "'shop.orders' needs a title"),
        ({"nav": (replace(SHOP.nav[0], url_name=""),)}, "'shop.orders' needs a url_name"),
        ({"nav": (replace(SHOP.nav[0], permission=""),)}, "unknown permission ''"),
        ({"limits": (replace(SHOP.limits[0], refusal=""),)}, "'shop.orders' needs a refusal"),
        (
            {"limits": (replace(SHOP.limits[0], refusal="Only {most}"),)},
            r"may use \['maximum', 'plan'\], not \['most'\]",
        ),
        ({"limits": (replace(SHOP.limits[0], refusal="Only {maximum"),)}, "its refusal may use"),
        ({"records": (replace(SHOP.records[0], resolve=""),)}, "needs a resolve"),
        ({"permissions": (replace(VIEW, key="shop.See orders"),)}, "lower-case words apart by points"),
        ({"schedules": (replace(NIGHTLY, every=timedelta(0)),)}, "'shop.nightly' needs a every"),
        ({"schedules": (replace(NIGHTLY, every=timedelta(days=-1)),)}, "every second at most"),
        (
            {"stored_files": (replace(FILES, key="shop.files.old"), FILES)},
            "'shop/files/old/' lies inside of 'shop/files/'",
        ),
        ({"actions": {"opened": "Opened"}}, "'opened' is <noun>.<verb>"),
    ],
)
def test_a_wrong_spec_is_refused_and_nothing_is_loaded(change: dict[str, Any], message: str) -> None:
    registry = Registry()
    with pytest.raises(SpecError, match=message):
        registry.load([replace(SHOP, **change)])
    assert registry.modules == {}


def test_two_modules_cannot_share_a_slug() -> None:
    with pytest.raises(SpecError, match="two modules call themselves 'shop'"):
        loaded(SHOP, replace(SHOP, title="Other"))


def test_two_modules_cannot_name_one_action() -> None:
    actions = {"order.open": "Opened"}
    with pytest.raises(SpecError, match=r"shop2.actions: another module has a title for \['order.open'\] already"):
        loaded(replace(SHOP, actions=actions), ModuleSpec(slug="shop2", title="B", icon="x", actions=actions))


@pytest.mark.parametrize(
    "change",
    [
        {"badges": "infra.kit.refs.nothing"},
        {"largest": "infra.kit.refs.nothing"},
        {"rest": "infra.kit.refs"},
        {"portal_urls": "infra.kit.refs"},
        {"seed": "infra.kit.nowhere.seed"},
        {"handles": (Subscription(event="shop.opened", handler="infra.kit.refs.nothing"),)},
        {"records": (replace(SHOP.records[0], transfer="infra.kit.refs.nothing"),)},
        {"widgets": (Widget(key="shop.w", title="W", template="w.html", context="infra.kit.registry.registry"),)},
    ],
)
def test_a_path_that_leads_nowhere_is_refused(change: dict[str, Any]) -> None:
    registry = loaded(replace(SHOP, **change))
    with pytest.raises(SpecError):
        registry.check_paths()


def test_what_the_house_declares_is_right() -> None:
    from infra.kit.registry import registry

    registry.check_paths()
    assert {"crm", "sites", "people", "portals", "billing"} <= set(registry.modules)
