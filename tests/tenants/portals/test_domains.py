"""Own domains: bound only to who proves them, asked again, released for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from infra.db.current import enter
from infra.kit.errors import Conflict, Denied, Invalid, NotFound, Unavailable
from tenants.people.models import User
from tenants.portals.domain.custom_domain import (
    MISSING_FOR,
    claim_domain,
    normal_domain,
    prove_domain,
    recheck_domains,
    release_domain,
)
from tenants.portals.domain.rename import make_primary
from tenants.portals.hosts import PortalHost, resolve_host
from tenants.portals.models import Domain, DomainClaim, Portal
from tests.tenants.portals.conftest import Zone

NAME = "portal.example.com"


def certificate(host: str) -> int:
    return Client().get("/certificate", {"domain": host}, headers={"host": "portal.localhost"}).status_code


# promise 15
def test_domain_answers_only_after_its_proof(portal: Portal, alice: User, zone: Zone) -> None:
    claim = claim_domain(actor=alice, portal=portal, domain="https://Portal.Example.com/x")
    assert (claim.domain, claim.record_name) == (NAME, f"_portal-verify.{NAME}")
    zone.texts[claim.record_name] = ["portal-verify=guessed"]
    with pytest.raises(Invalid) as refused:
        prove_domain(actor=alice, portal=portal, claim_id=claim.pk)
    assert refused.value.code == "not_proven"
    assert DomainClaim.objects.get().last_answer == "portal-verify=guessed"
    assert (resolve_host(NAME), certificate(NAME)) == (None, 404)
    zone.publish(claim)
    prove_domain(actor=alice, portal=portal, claim_id=claim.pk)
    assert resolve_host(NAME) == PortalHost(NAME, portal)
    assert certificate(NAME) == 200
    assert portal.host == "acme.portal.localhost"  # links change when somebody says so
    make_primary(actor=alice, portal=portal, domain_id=Domain.objects.get(domain=NAME).pk)
    assert portal.host == NAME


# promise 15
def test_another_portals_proof_proves_nothing(
    portal: Portal, globex: Portal, alice: User, charlie: User, zone: Zone
) -> None:
    mine = claim_domain(actor=alice, portal=portal, domain=NAME)
    zone.publish(mine)
    with enter(globex):
        theirs = claim_domain(actor=charlie, portal=globex, domain=NAME)
        assert theirs.token != mine.token
        with pytest.raises(Invalid):
            prove_domain(actor=charlie, portal=globex, claim_id=theirs.pk)
        with pytest.raises(NotFound):
            prove_domain(actor=charlie, portal=globex, claim_id=mine.pk)
    prove_domain(actor=alice, portal=portal, claim_id=mine.pk)
    zone.texts[mine.record_name].append(theirs.record_value)
    with enter(globex), pytest.raises(Conflict):  # both records stand: who has it keeps it
        prove_domain(actor=charlie, portal=globex, claim_id=theirs.pk)
    assert resolve_host(NAME) == PortalHost(NAME, portal)
    zone.publish(theirs)
    with enter(globex):  # the domain changed hands
        prove_domain(actor=charlie, portal=globex, claim_id=theirs.pk)
    assert resolve_host(NAME) == PortalHost(NAME, globex)
    assert DomainClaim.objects.get(pk=mine.pk).proven_at is None


# promise 15
def test_released_domain_needs_a_fresh_proof(portal: Portal, alice: User, zone: Zone) -> None:
    first = claim_domain(actor=alice, portal=portal, domain=NAME)
    zone.publish(first)
    prove_domain(actor=alice, portal=portal, claim_id=first.pk)
    make_primary(actor=alice, portal=portal, domain_id=Domain.objects.get(domain=NAME).pk)
    release_domain(actor=alice, portal=portal, claim_id=first.pk)
    assert (resolve_host(NAME), certificate(NAME), portal.host) == (None, 404, "acme.portal.localhost")
    again = claim_domain(actor=alice, portal=portal, domain=NAME)
    assert again.token != first.token
    with pytest.raises(Invalid):
        prove_domain(actor=alice, portal=portal, claim_id=again.pk)


# promise 15
def test_record_that_stays_away_unbinds_the_domain(portal: Portal, alice: User, zone: Zone) -> None:
    claim = claim_domain(actor=alice, portal=portal, domain=NAME)
    zone.publish(claim)
    prove_domain(actor=alice, portal=portal, claim_id=claim.pk)
    zone.texts.clear()

    def a_day_later() -> None:
        DomainClaim.objects.update(checked_at=timezone.now() - timedelta(days=2))

    assert recheck_domains() == 0  # asked just now
    a_day_later()
    assert recheck_domains() == 0
    assert DomainClaim.objects.get().missing_since is not None
    zone.silent = True
    a_day_later()
    DomainClaim.objects.update(missing_since=timezone.now() - MISSING_FOR)
    assert recheck_domains() == 0  # no answer is no proof of anything
    zone.silent = False
    a_day_later()
    assert recheck_domains() == 1
    assert resolve_host(NAME) is None
    lost = DomainClaim.objects.get()
    assert (lost.proven_at, lost.missing_since) == (None, None)
    assert lost.token != claim.token


def test_record_that_comes_back_in_time(portal: Portal, alice: User, zone: Zone) -> None:
    claim = claim_domain(actor=alice, portal=portal, domain=NAME)
    zone.publish(claim)
    prove_domain(actor=alice, portal=portal, claim_id=claim.pk)
    DomainClaim.objects.update(checked_at=timezone.now() - timedelta(days=2), missing_since=timezone.now())
    assert recheck_domains() == 0
    assert DomainClaim.objects.get().missing_since is None


# promise 15
def test_domain_released_while_the_dns_is_asked_is_not_bound_again(
    portal: Portal, alice: User, zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, kept = (claim_domain(actor=alice, portal=portal, domain=name) for name in (NAME, "other.example.com"))

    def asked(name: str) -> list[str]:
        if name == released.record_name:
            DomainClaim.objects.filter(pk=released.pk).delete()
        return [released.record_value if name == released.record_name else "gone"]

    zone.publish(kept)
    prove_domain(actor=alice, portal=portal, claim_id=kept.pk)
    monkeypatch.setattr("tenants.portals.domain.custom_domain.txt_records", asked)
    with pytest.raises(NotFound):
        prove_domain(actor=alice, portal=portal, claim_id=released.pk)
    assert (resolve_host(NAME), list(DomainClaim.objects.all())) == (None, [kept])
    released.proven_at = released.checked_at = timezone.now() - timedelta(days=2)
    released.save(force_insert=True)
    DomainClaim.objects.filter(pk=kept.pk).update(checked_at=timezone.now() - timedelta(days=1))
    assert recheck_domains() == 0  # it goes on behind the one that was released under its hands
    assert list(DomainClaim.objects.filter(missing_since__isnull=False)) == [kept]


def test_silent_name_servers_are_said(portal: Portal, alice: User, zone: Zone) -> None:
    zone.silent = True
    claim = claim_domain(actor=alice, portal=portal, domain=NAME)
    with pytest.raises(Unavailable):
        prove_domain(actor=alice, portal=portal, claim_id=claim.pk)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Portal.Example.COM.", "portal.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("http://a.co/x", "a.co"),
    ],
)
def test_one_spelling(text: str, name: str) -> None:
    assert normal_domain(text) == name


NO_DOMAINS = "localhost 127.0.0.1 [::1] a_b.example -a.example a..b *.example.com"
THE_SERVICES = "portal.localhost globex.portal.localhost x.pages.localhost"
TOO_LONG = ("a" * 64 + ".example", "a." * 130 + "example")


@pytest.mark.parametrize("text", ["", "a b.example", *NO_DOMAINS.split(), *THE_SERVICES.split(), *TOO_LONG])
def test_what_is_no_domain_of_theirs(text: str) -> None:
    with pytest.raises(Invalid):
        normal_domain(text)


def test_certificates_only_for_what_is_known(acme: Portal) -> None:
    assert certificate("acme.portal.localhost") == certificate("portal.localhost") == 200
    for host in ("", "flood-1.portal.localhost", "evil.example", "127.0.0.1"):
        assert certificate(host) == 404


def test_wants_the_right(portal: Portal, bob: User) -> None:
    with pytest.raises(Denied):
        claim_domain(actor=bob, portal=portal, domain=NAME)
    assert not DomainClaim.objects.exists()


def test_api(portal: Portal, alice: User, bob: User, api: Callable[..., Client], zone: Zone) -> None:
    client = api(alice)
    made = client.post("/api/v1/domains", {"domain": NAME}, content_type="application/json")
    assert made.status_code == 201
    claim = DomainClaim.objects.get()
    assert made.json()["record_value"] == claim.record_value
    assert client.post(f"/api/v1/domains/{claim.pk}/prove").status_code == 400
    zone.publish(claim)
    assert client.post(f"/api/v1/domains/{claim.pk}/prove").json()["proven_at"] is not None
    assert [row["domain"] for row in client.get("/api/v1/domains").json()["results"]] == [NAME]
    assert api(bob).get("/api/v1/domains").status_code == 403
    assert client.delete(f"/api/v1/domains/{claim.pk}").status_code == 204
    assert not DomainClaim.objects.exists()


def test_screen(portal: Portal, alice: User, bob: User, as_: Callable[[User], Client], zone: Zone) -> None:
    client = as_(alice)
    assert client.post("/settings/address/domains/", {"domain": "nonsense"}).status_code == 400
    assert client.post("/settings/address/domains/", {"domain": NAME}).status_code == 302
    claim = DomainClaim.objects.get()
    assert claim.record_value in client.get("/settings/address/").content.decode()
    client.post(f"/settings/address/domains/{claim.pk}/prove/")
    assert not Domain.objects.filter(domain=NAME).exists()
    zone.publish(claim)
    client.post(f"/settings/address/domains/{claim.pk}/prove/")
    assert Domain.objects.filter(domain=NAME).exists()
    client.post(f"/settings/address/domains/{claim.pk}/release/")
    assert not Domain.objects.filter(domain=NAME).exists()
    assert as_(bob).get("/settings/address/").status_code == 403
