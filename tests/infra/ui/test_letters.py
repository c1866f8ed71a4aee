"""Letters: in whose name they go, and the one thing they ask for."""

from __future__ import annotations

from infra.db.current import enter
from infra.ui.letters import render_letter
from tenants.portals.models import Portal

LINK = "https://acme.example/account/invitation/abc/"


def letter(**more: str) -> str:
    return render_letter("people/letters/confirm_email", {"url": LINK}, **more).html


def test_a_letter_of_a_portal_names_the_company_and_where_it_is(acme: Portal) -> None:
    with enter(acme):
        html = letter(language="en")
    assert f">{acme.name}</td>" in html
    assert f"Sent by the portal of {acme.name}" in html
    assert f'href="{acme.url}"' in html


def test_a_letter_of_the_service_names_the_service() -> None:
    assert ">Portal</td>" in letter(language="en")
    assert ">Портал</td>" in letter(language="ru")
    assert "Sent by" not in letter(language="en")


def test_the_button_has_its_address_beside_it_and_names_are_text(acme: Portal) -> None:
    html = letter(sender="<b>Acme</b>")
    assert html.count(f'href="{LINK}"') == 2
    assert f">{LINK}</a>" in html
    assert "&lt;b&gt;Acme&lt;/b&gt;" in html
