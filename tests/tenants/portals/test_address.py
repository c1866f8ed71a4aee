"""Addresses: what may be one, what is suggested, and changing it."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from infra.kit.errors import Denied, Invalid, LimitReached, NotFound
from tenants.people.models import User
from tenants.portals.domain.address import RESERVED, check_address, suggest_address
from tenants.portals.domain.rename import give_up_address, make_primary, rename_address
from tenants.portals.domain.transliteration import to_ascii
from tenants.portals.models import Domain, Portal

NO_ADDRESSES = "ab a.b a_b a--b -abc abc- 12345 xn--80ak6aa92e кириллица acmé ａｂｃ"


@pytest.mark.parametrize("address", [*NO_ADDRESSES.split(), "a" * 41, "a b"])
def test_what_is_no_address(db: None, address: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_address(address)
    assert set(refused.value.fields) == {"address"}


@pytest.mark.parametrize("address", [*sorted(RESERVED)[:3], "www", "admin", "acme", " ACME ", "acme.portal.localhost"])
def test_taken_and_reserved(acme: Portal, address: str) -> None:
    with pytest.raises(Invalid):
        check_address(address)


def test_written_in_any_way(db: None) -> None:
    assert check_address(" InItEcH.portal.localhost ") == "initech"


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Initech Ltd.", "initech-ltd"),
        ("ООО «Ромашка»", "ooo-romashka"),
        ("Щётки & Ёршики", "shchetki-and-ershiki"),
        ("Müller Straße GmbH", "muller-strasse-gmbh"),
        ("Łódź Ćma", "lodz-cma"),
        ("Công ty Đông Á", "cong-ty-dong-a"),
        ("Αθήνα", "athina"),
        ("Acme", "acme-2"),
        ("Admin", "admin-2"),
        ("X", "x-team"),
        ("42", "42-team"),
        ("株式会社", ""),
        ("…", ""),
    ],
)
def test_suggested_from_the_name(acme: Portal, name: str, address: str) -> None:
    assert suggest_address(name) == address


@given(st.text(max_size=80))
def test_any_name_becomes_plain_letters(name: str) -> None:
    assert to_ascii(name).isascii()


def test_rename_keeps_the_old_address_working(portal: Portal, alice: User) -> None:
    rename_address(actor=alice, portal=portal, address="apex")
    portal.refresh_from_db()
    assert (portal.slug, portal.host) == ("apex", "apex.portal.localhost")
    for host in ("apex.portal.localhost", "acme.portal.localhost"):
        assert Client().get("/account/login/", headers={"host": host}).status_code == 200
    with pytest.raises(Invalid):
        check_address("acme")
    assert rename_address(actor=alice, portal=portal, address="acme").slug == "acme"  # one's own, back again


def test_address_given_up_is_nobodys(portal: Portal, alice: User) -> None:
    rename_address(actor=alice, portal=portal, address="apex")
    old = Domain.objects.get(domain="acme.portal.localhost")
    give_up_address(actor=alice, portal=portal, domain_id=old.pk)
    assert Client().get("/", headers={"host": "acme.portal.localhost"}).status_code == 404
    for owner in (portal, None):
        with pytest.raises(Invalid) as refused:
            check_address("acme", portal=owner)
        assert refused.value.code == "address_taken"


def test_no_collecting_of_addresses(portal: Portal, alice: User) -> None:
    for address in ("apex", "apogee"):
        rename_address(actor=alice, portal=portal, address=address)
    with pytest.raises(LimitReached):
        rename_address(actor=alice, portal=portal, address="zenith")
    assert Portal.objects.get(pk=portal.pk).slug == "apogee"


def test_of_another_portal_is_not_there(portal: Portal, globex: Portal, alice: User, bob: User) -> None:
    foreign = Domain.objects.get(tenant=globex)
    for verb in (make_primary, give_up_address):
        with pytest.raises(NotFound):
            verb(actor=alice, portal=portal, domain_id=foreign.pk)
    with pytest.raises(Denied):
        rename_address(actor=bob, portal=portal, address="apex")
    assert Portal.objects.get(pk=portal.pk).slug == "acme"
