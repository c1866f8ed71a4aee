"""What programs set up for selling: reasons, price types, what repeats, the look of papers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from modules.crm.domain.kinds import COMPANY, DEAL
from modules.crm.models import Letterhead, Recurrence, Stage
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record
from tests.modules.crm.test_selling_screens import PNG

ApiClient = Callable[..., Client]
ANY = {"If-Match": "*"}
JSON = "application/json"


def test_reasons_and_price_types(portal: Portal, api: ApiClient, alice: User, bob: User) -> None:
    client = api(alice)
    made = client.post("/api/v1/lost-reasons", {"name": "Moved away"}, JSON)
    assert made.status_code == 201
    assert made.json()["title"] == "Moved away"
    deal = record(alice, DEAL, title="Cake")
    lost = Stage.objects.filter(pipeline=deal.stage.pipeline, kind="lost").get()
    to = {"stage": lost.pk, "lost_reason": made.json()["id"]}
    moved = client.post(f"/api/v1/deals/{deal.pk}/move", to, JSON, headers=ANY)
    assert moved.json()["lost_reason"] == made.json()["id"]
    assert api(bob).delete(made["Location"], headers=ANY).status_code == 403
    assert client.delete(made["Location"], headers=ANY).status_code == 204
    titles = [row["title"] for row in api(bob).get("/api/v1/lost-reasons").json()["results"]]
    assert titles
    assert "Moved away" not in titles
    row = client.post("/api/v1/price-types", {"name": "Friends"}, JSON).json()
    path = f"/api/v1/price-types/{row['id']}"
    assert client.patch(path, {"name": "Family"}, JSON, headers=ANY).json()["title"] == "Family"
    assert client.post(f"{path}/usual").json()["is_usual"] is True
    assert client.delete(path, headers=ANY).status_code == 409
    assert api(bob).post("/api/v1/price-types", {"name": "Mine"}, JSON).status_code == 403


def test_what_repeats(portal: Portal, api: ApiClient, alice: User) -> None:
    path = f"/api/v1/deals/{record(alice, DEAL, title='Bread').pk}/recurrence"
    day = timezone.localdate() + timedelta(days=3)
    assert api(alice).get(path).status_code == 404
    late = {"repeats": "month", "starts_on": "2020-01-01"}
    assert api(alice).put(path, late, JSON).status_code == 400
    found = api(alice).put(path, {"repeats": "month", "starts_on": day.isoformat()}, JSON).json()
    assert found == {
        "repeats": "month",
        "starts_on": day.isoformat(),
        "ends_on": None,
        "next_on": day.isoformat(),
        "made": 0,
    }
    assert api(alice).delete(path).status_code == 204
    assert Recurrence.objects.count() == 0


def test_the_look_of_papers(portal: Portal, api: ApiClient, alice: User, bob: User) -> None:
    ours, other = record(alice, COMPANY, name="Ours", is_own="yes"), record(alice, COMPANY, name="Client")
    path = f"/api/v1/companies/{ours.pk}/letterhead"
    assert api(alice).get(f"/api/v1/companies/{other.pk}/letterhead").status_code == 404
    assert api(bob).patch(path, {"signer": "Bob"}, JSON).status_code == 403
    look = api(alice).patch(path, {"signer": "Ann Lee", "second_signer": "Bea Moss"}, JSON).json()
    assert (look["signer"], look["second_signer"], look["pictures"]) == ("Ann Lee", "Bea Moss", [])
    body = encode_multipart("BoUnDaRyStRiNg", {"file": SimpleUploadedFile("s.png", PNG, "image/png")})
    put = api(alice).put(f"{path}/second_signature", body, MULTIPART_CONTENT)
    assert put.json()["pictures"] == ["second_signature"]
    assert api(alice).delete(f"{path}/second_signature").status_code == 204
    assert Letterhead.objects.get().second_signature_key == ""
    assert api(alice).patch(path, {"colour": "red"}, JSON).status_code == 400
