"""Refusals: a page, a dialog or a problem document, each with the reason and the way out; headers of every answer."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.test.client import encode_multipart


def test_a_refusal_is_a_page_with_the_reason_and_the_way_out(portal, as_, alice):
    answer = as_(alice).get("/kit/refuse/?what=limit")
    html = answer.content.decode()
    assert answer.status_code == 402
    assert "The Free plan has 12 people." in html
    assert "The owner of the portal" in html
    assert "12 of 12" in html
    assert 'href="/more/"' in html


def test_htmx_gets_a_dialog_that_finds_its_own_place(portal, as_, alice):
    answer = as_(alice).get("/kit/refuse/?what=limit", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (402, "#ui-dialogs")
    assert answer.headers["HX-Reswap"] == "beforeend"
    assert answer.content.decode().lstrip().startswith("<dialog")


def test_a_program_gets_a_problem_document(portal, as_, alice):
    answer = as_(alice).get("/kit/refuse/?what=limit", headers={"Accept": "application/json"})
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.content)
    assert (problem["code"], problem["status"], problem["used"], problem["maximum"]) == ("limit_reached", 402, 12, 12)
    assert problem["way_out"] == {
        "text": "Ask for a greater plan, or free a place.",
        "url": "/more/",
        "ask": "owner",
    }


def test_an_address_asked_the_wrong_way_says_so(portal, as_, alice, service):
    page = as_(alice).get("/first-steps/close/")
    assert (page.status_code, page.headers["Allow"]) == (405, "OPTIONS, POST")
    assert "works only from the button or form" in page.content.decode()
    for answer in (as_(alice).post("/api/v1/schema"), service.get("/api/v1/portals")):
        assert (answer.status_code, answer.headers["Content-Type"]) == (405, "application/problem+json")
        assert answer.json()["code"] == "method_not_allowed"
        assert answer.json()["title"] == f"This address takes {answer.headers['Allow']}."


def test_a_fault_is_a_page_without_any_trace(portal, as_, alice):  # promise 77
    client = as_(alice)
    client.raise_request_exception = False
    answer = client.get("/kit/refuse/?what=broken")
    assert answer.status_code == 500
    assert b"asked for" not in answer.content
    assert b"Traceback" not in answer.content
    assert "Something went wrong" in answer.content.decode()


def test_an_old_form_is_answered_with_what_to_do(portal, as_, alice):
    client = Client(enforce_csrf_checks=True, HTTP_HOST=portal.host)
    client.cookies = as_(alice).cookies
    plain = client.post("/preferences/", {"theme": "dark"})
    assert plain.status_code == 403
    assert "Go back: what you typed is still there." in plain.content.decode()
    htmx = client.post("/preferences/", {"theme": "dark"}, headers={"HX-Request": "true"})
    assert htmx.status_code == 403
    assert json.loads(htmx.headers["HX-Trigger"]) == {"token-stale": True}


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=b", "application/x-www-form-urlencoded"])
def test_a_form_that_is_too_large_is_called_that(portal, as_, alice, settings, kind):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    client = Client(enforce_csrf_checks=True, HTTP_HOST=portal.host)
    client.cookies = as_(alice).cookies
    token = client.get("/session/").json()["token"]
    fields = {"csrfmiddlewaretoken": token, "theme": "x" * 2000}
    body = encode_multipart("b", fields) if "boundary" in kind else urlencode(fields)
    plain = client.post("/preferences/", body, content_type=kind)
    assert plain.status_code == 413
    assert "Make it shorter, or send it in parts." in plain.content.decode()
    htmx = client.post("/preferences/", body, content_type=kind, headers={"HX-Request": "true"})
    assert (htmx.status_code, htmx.headers["HX-Retarget"]) == (413, "#ui-dialogs")
    assert "token-stale" not in htmx.headers.get("HX-Trigger", "")


def test_the_session_page_gives_a_fresh_token_or_says_signed_out(portal, as_, anonymous, alice):
    answer = as_(alice).get("/session/")
    assert answer.json()["person"] == alice.pk
    assert len(answer.json()["token"]) == 64
    assert anonymous(portal).get("/session/").status_code == 401


@pytest.mark.parametrize(
    "path", ["/", "/kit/", "/kit/refuse/", "/kit/refuse/?what=broken", "/no/such/page", "/session/"]
)
def test_every_answer_carries_the_policy(portal, as_, alice, path):  # promise 78
    client = as_(alice)
    client.raise_request_exception = False
    answer = client.get(path)
    policy = {
        part.split()[0]: part.split()[1:] for part in answer.headers["Content-Security-Policy"].split("; ") if part
    }
    assert policy["default-src"] == ["'self'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["object-src"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    assert "'unsafe-inline'" not in str(policy)
    assert "'unsafe-eval'" not in str(policy)
    assert any(source.startswith("ws://") for source in policy["connect-src"])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_the_nonce_is_new_each_time_and_on_the_script(portal, as_, alice):
    client = as_(alice)
    seen = set()
    for _round in range(2):
        answer = client.get("/more/")
        nonce = answer.headers["Content-Security-Policy"].split("'nonce-")[1].split("'")[0]
        assert f'<script nonce="{nonce}">' in answer.content.decode()
        seen.add(nonce)
    assert len(seen) == 2
