"""Sending a form as a stranger, with and without scripts (promises 54 to 56)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from infra.kit.access import SYSTEM
from modules.sites.domain import spam
from modules.sites.domain.form import design_form
from modules.sites.domain.publishing import publish_site
from modules.sites.models import Form, Site, Status, Submission
from modules.sites.models.submission import Proof
from tenants.portals.models import Portal
from tests.factories import site as sites
from tests.factories.site import ANSWERS

JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def site(portal: Portal) -> Site:
    return sites.site()


@pytest.fixture
def form(site: Site) -> Form:
    return sites.form_of(site)


@pytest.fixture
def client(site: Site) -> Client:
    return sites.visitor(site)


def address(form: Form) -> str:
    return f"/_f/{form.public_id}"


def proven(portal: Portal, form: Form, values: Mapping[str, str] = ANSWERS) -> dict[str, str]:
    return {**values, "proof": sites.ripe_proof(portal.schema_name, form.public_id)}


def redesign(form: Form, **changes: Any) -> Form:
    form.refresh_from_db()
    values: dict[str, Any] = {
        "name": form.name,
        "fields": form.fields,
        "submit_label": form.submit_label,
        "thank_you": form.thank_you,
        **changes,
    }
    return design_form(actor=SYSTEM, form=form, version=form.version, **values)


def test_without_scripts_it_is_a_page_then_a_thank_you(client: Client, form: Form) -> None:
    sent = client.post(address(form), ANSWERS)
    thanks = client.get(sent["Location"])

    assert (sent.status_code, sent["Location"]) == (303, f"{address(form)}/thanks")
    assert form.thank_you in thanks.content.decode()
    assert not sent.cookies
    kept = Submission.objects.get()
    assert (kept.status, kept.proof, kept.title) == (Status.FORWARDED, Proof.PLAIN, "Ann Lee")
    assert [(row["label"], row["value"]) for row in kept.answers] == [
        ("Your name", "Ann Lee"),
        ("Phone", "+44 20 7946 0123"),
        ("E-mail", "ann@visitor.example"),
        ("How can we help?", "Hello"),
    ]
    assert [(row["text"], row["agreed"]) for row in kept.consents] == [
        ("I agree that my details are used to answer this request.", True)
    ]


def test_with_the_script_it_is_json(client: Client, portal: Portal, form: Form) -> None:
    answer = client.post(address(form), proven(portal, form), **JSON)

    assert (answer.status_code, answer.json()) == (200, {"message": form.thank_you, "redirect": ""})
    assert Submission.objects.get().proof == Proof.WORK


def test_it_can_lead_to_another_page_instead(client: Client, site: Site, form: Form) -> None:
    redesign(form, redirect_url="https://shop.example/thanks?a=1")
    publish_site(actor=SYSTEM, site=site)

    answer = client.post(address(form), ANSWERS)

    assert (answer.status_code, answer["Location"]) == (303, "https://shop.example/thanks?a=1")
    assert "form-action 'self' https://shop.example;" in client.get("/")["Content-Security-Policy"]


def test_faults_are_told_at_the_fields_and_everything_typed_stays(client: Client, form: Form) -> None:
    wrong = {
        "f1": "",
        "f2": "call me",
        "f3": "ann@",
        "f4": 'Two lines\n& "quotes"',
        "utm_source": "news",
        "referrer": "https://a.example/",
    }

    page = client.post(address(form), wrong)
    told = client.post(address(form), wrong, **JSON)

    html = page.content.decode()
    assert page.status_code == 400
    for kept in (
        'value="call me"',
        'value="ann@"',
        "Two lines\n&amp; &quot;quotes&quot;",
        'value="news"',
        "https://a.example/",
    ):
        assert kept in html
    assert told.status_code == 400
    assert sorted(told.json()["errors"]) == ["f1", "f2", "f3", "f5"]
    assert html.count('aria-invalid="true"') == 4
    assert "sha256-" in page["Content-Security-Policy"]
    assert not Submission.objects.exists()


def test_an_empty_form_with_nothing_required_is_no_submission(client: Client, site: Site, form: Form) -> None:
    redesign(form, fields=[{"kind": "text", "label": "Note"}, {"kind": "consent", "label": "Yes"}])
    publish_site(actor=SYSTEM, site=site)

    assert client.post(address(form), {"f2": "yes"}).status_code == 400
    assert not Submission.objects.exists()


HIDDEN = {
    "id": "999",
    "status": "forwarded",
    "lead": "crm.lead:1",
    "responsible": "1",
    "responsible_id": "1",
    "redirect_url": "https://evil.example",
    "redirect": "https://evil.example",
    "thank_you": "owned",
    "event_id": "00000000-0000-0000-0000-000000000000",
    "reason": "x",
    "created_at": "2001-01-01",
    "form": "1",
    "title": "owned",
    "price": "0",
    "amount": "1000000",
    "stage": "won",
    "f99": "extra",
    "__proto__": "x",
    "utm_evil": "x",
}


def test_hidden_fields_set_nothing(client: Client, form: Form) -> None:  # promise 56
    plain = client.post(address(form), {**ANSWERS, **HIDDEN})

    kept = Submission.objects.get()
    assert plain["Location"] == f"{address(form)}/thanks"
    assert kept.pk != 999
    assert kept.title == "Ann Lee"
    assert kept.created_at > timezone.now() - timedelta(minutes=1)
    assert {row["key"] for row in kept.answers} == {"f1", "f2", "f3", "f4"}
    assert kept.utm == {}


@pytest.mark.parametrize("number", ["0", "-1", "99", "abc", "1" * 30, ""])
def test_a_made_up_version_means_the_current_one(client: Client, form: Form, number: str) -> None:
    assert client.post(address(form), {**ANSWERS, "number": number}).status_code == 303
    assert Submission.objects.get().publication_number == 1


def test_consent_is_kept_in_the_words_of_the_page_that_was_open(client: Client, site: Site, form: Form) -> None:
    redesign(form, fields=[*form.fields[:4], {**form.fields[4], "label": "New words."}])
    publish_site(actor=SYSTEM, site=site)

    client.post(address(form), {**ANSWERS, "number": "1"})
    client.post(address(form), {**ANSWERS, "f1": "Bob", "number": "2"})
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        client.post(address(form), {**ANSWERS, "f1": "Cid", "number": "1"})

    assert [row.consents[0]["text"] for row in Submission.objects.order_by("pk")] == [
        "I agree that my details are used to answer this request.",
        "New words.",
        "New words.",
    ]


def test_where_the_visitor_came_from_is_kept(client: Client, form: Form) -> None:
    host = client.defaults["HTTP_HOST"]
    carried = {"referrer": "https://a.example/p", "page_url": f"http://{host}/?utm_source=news"}
    client.post(address(form), {**ANSWERS, **carried, "utm_source": "news", "utm_campaign": "x" * 500})
    client.post(
        address(form),
        {**ANSWERS, "f1": "No script"},
        HTTP_REFERER=f"http://{host}/?utm_source=letter&utm_medium=mail&referrer=https%3A%2F%2Fb.example%2F",
        HTTP_USER_AGENT="Browser/1",
    )

    first, second = Submission.objects.order_by("pk")
    assert first.utm == {"utm_source": "news", "utm_campaign": "x" * 200}
    assert (first.referrer, first.page_url) == ("https://a.example/p", f"http://{host}/?utm_source=news")
    assert second.utm == {"utm_source": "letter", "utm_medium": "mail"}
    assert (second.referrer, second.user_agent) == ("https://b.example/", "Browser/1")
    assert "127.0.0.1" not in first.ip_hash


# -- spam: doubt puts aside, nothing is thrown away ------------------------------------------------------------------


def test_a_filled_honeypot_is_put_aside_and_looks_like_success(client: Client, portal: Portal, form: Form) -> None:
    answer = client.post(address(form), {**proven(portal, form), "website": "https://spam.example"}, **JSON)

    assert (answer.status_code, answer.json()["message"]) == (200, form.thank_you)
    kept = Submission.objects.get()
    assert (kept.status, kept.event_id) == (Status.QUARANTINE, None)


def proofs(portal: Portal, form: Form, other: Form) -> dict[str, str]:
    now = timezone.now()
    good = sites.ripe_proof(portal.schema_name, form.public_id)
    with time_machine.travel(now - timedelta(hours=2), tick=False):
        old = sites.solved(spam.challenge(portal.schema_name, form.public_id))
    return {
        "too early": sites.solved(spam.challenge(portal.schema_name, form.public_id)),
        "expired": old,
        "of another form": sites.ripe_proof(portal.schema_name, other.public_id),
        "of another portal": sites.ripe_proof("p_other", form.public_id),
        "tampered": good[:-8] + "AAAAAAA=",
        "nonsense": "%%%",
        "empty": "",
        "a list": "W10=",
        "null": "bnVsbA==",
        "a deep list": "W1tb" * 1000,
    }


@pytest.mark.parametrize(
    "kind",
    [
        "too early", "expired", "of another form", "of another portal", "tampered", "nonsense", "empty", "a list",
        "null", "a deep list",
    ],
)  # fmt: skip
def test_a_proof_that_proves_nothing_counts_as_none(
    portal: Portal, form: Form, client: Client, kind: str
) -> None:  # promise 55
    other = sites.form_of(sites.site("other"))
    proof = proofs(portal, form, other)[kind]

    assert spam.proof_key(form.public_id, proof) == ""
    assert client.post(address(form), {**ANSWERS, "proof": proof}).status_code == 303
    assert Submission.objects.get().proof == Proof.PLAIN


def test_a_proof_is_good_once(client: Client, portal: Portal, form: Form) -> None:  # promise 55
    data = proven(portal, form)

    first = client.post(address(form), data, **JSON)
    second_click = client.post(address(form), data, **JSON)
    replayed = client.post(address(form), {**data, "f1": "Somebody else"}, **JSON)

    assert [first.status_code, second_click.status_code, replayed.status_code] == [200, 200, 200]
    assert [(row.title, row.proof) for row in Submission.objects.order_by("pk")] == [
        ("Ann Lee", Proof.WORK),
        ("Somebody else", Proof.PLAIN),
    ]


def test_a_second_click_without_scripts_is_one_submission(client: Client, form: Form) -> None:
    with time_machine.travel(timezone.now().replace(second=3), tick=False):
        client.post(address(form), ANSWERS)
        assert client.post(address(form), ANSWERS).status_code == 303

    assert Submission.objects.count() == 1


def test_an_older_secret_still_proves(client: Client, portal: Portal, form: Form, settings: Any) -> None:  # promise 82
    proof = sites.ripe_proof(portal.schema_name, form.public_id)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-" * 5

    assert spam.proof_key(form.public_id, proof) != ""


def test_plain_posts_beyond_the_limit_of_an_address_are_put_aside_and_proven_ones_are_not(
    client: Client, portal: Portal, form: Form
) -> None:
    for number in range(settings.FORM_LIMITS["plain_per_ip"] + 2):
        assert client.post(address(form), {**ANSWERS, "f4": str(number)}).status_code == 303
    client.post(address(form), proven(portal, form), **JSON)

    statuses = [row.status for row in Submission.objects.order_by("pk")]
    assert statuses == [Status.FORWARDED] * 3 + [Status.QUARANTINE] * 2 + [Status.FORWARDED]


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"f3": "x@mailinator.com"}, spam.DISPOSABLE),
        ({"f3": "x@inbox.Mailinator.com"}, spam.DISPOSABLE),
        ({"f1": "Ann https://win.example"}, spam.ADVERTISING),
        ({"f4": "http://a.example/1"}, spam.ADVERTISING),
        ({"f4": "[url=http://a.example]cheap[/url] pills for you"}, spam.ADVERTISING),
        ({"f4": "see www.a.example and www.b.example or https://c.example"}, spam.ADVERTISING),
        ({"f4": "My shop is https://a.example, can you bake for it?"}, ""),
        ({"f3": "x@mailinator.com.example"}, ""),
    ],
)
def test_advertising_waits_for_the_owner_even_with_a_proof(
    client: Client, portal: Portal, form: Form, answers: dict[str, str], reason: str
) -> None:
    answer = client.post(address(form), {**proven(portal, form), **answers}, **JSON)

    assert answer.status_code == 200
    kept = Submission.objects.get()
    assert (kept.status, kept.reason) == (Status.QUARANTINE if reason else Status.FORWARDED, str(reason))


def test_plain_posts_with_links_are_put_aside(client: Client, form: Form) -> None:
    client.post(address(form), {**ANSWERS, "f4": "Buy at http://spam.example"})

    assert Submission.objects.get().status == Status.QUARANTINE


def test_a_flood_is_refused_with_the_typed_text_kept(client: Client, form: Form, settings: Any) -> None:  # promise 54
    settings.FORM_LIMITS = {**settings.FORM_LIMITS, "flood_per_ip": 2}
    for number in range(2):
        client.post(address(form), {**ANSWERS, "f4": str(number)})

    page = client.post(address(form), {**ANSWERS, "f4": "my long text"})

    assert page.status_code == 429
    assert int(page["Retry-After"]) > 0
    assert "my long text" in page.content.decode()
    assert Submission.objects.count() == 2


def test_limits_are_per_address_behind_our_proxy(client: Client, form: Form, settings: Any) -> None:  # promise 24
    settings.TRUSTED_PROXY_HOPS = 1
    for number in range(5):
        client.post(address(form), {**ANSWERS, "f4": str(number)}, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    for number in range(5, 10):
        client.post(address(form), {**ANSWERS, "f4": str(number)}, HTTP_X_FORWARDED_FOR=f"1.2.3.{number}, 203.0.113.9")

    statuses = [row.status for row in Submission.objects.order_by("pk")]
    assert statuses == [Status.FORWARDED] * 8 + [Status.QUARANTINE] * 2


# -- frames of other sites -------------------------------------------------------------------------------------------


def test_only_named_sites_may_frame_a_form(client: Client, site: Site, form: Form) -> None:  # promise 59
    assert "frame-ancestors 'none'" in client.get(address(form))["Content-Security-Policy"]
    redesign(form, origins=["https://WWW.shop.example/", "http://localhost:3000"])
    publish_site(actor=SYSTEM, site=site)

    framed = client.get(address(form))

    assert framed["Content-Security-Policy"].endswith("frame-ancestors https://www.shop.example http://localhost:3000")
    assert "X-Frame-Options" not in framed
    assert "frame-ancestors 'none'" in client.get("/")["Content-Security-Policy"]


def test_only_named_sites_may_read_the_answer(client: Client, site: Site, form: Form) -> None:
    redesign(form, origins=["https://shop.example"])
    publish_site(actor=SYSTEM, site=site)

    named = client.post(address(form), ANSWERS, HTTP_ORIGIN="https://shop.example", **JSON)
    other = client.post(address(form), {**ANSWERS, "f1": "B"}, HTTP_ORIGIN="https://evil.example", **JSON)

    assert named["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "Access-Control-Allow-Origin" not in other
    assert (named.status_code, other.status_code) == (200, 200)


def test_a_form_of_another_site_or_company_is_not_found(
    client: Client, globex: Portal, form: Form
) -> None:  # promise 1
    from infra.db.current import enter

    elsewhere = sites.form_of(sites.site("elsewhere"))
    with enter(globex):
        foreign = sites.form_of(sites.site("foreign"))

    assert client.post(address(elsewhere), ANSWERS).status_code == 404
    assert client.post(address(foreign), ANSWERS).status_code == 404
    assert client.post("/_f/" + "0" * 20, ANSWERS).status_code == 404
    assert not Submission.objects.exists()
