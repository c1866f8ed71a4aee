"""The ready-to-copy HTML form of the page “elsewhere”, pasted into a page of any other program and sent from there."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from html.parser import HTMLParser

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from infra.kit.access import SYSTEM
from modules.crm.models import Lead
from modules.sites.domain.form import design_form
from modules.sites.domain.publishing import publish_site
from modules.sites.models import Status, Submission
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories import site as sites

#: A question of each kind, and what a visitor answers.
QUESTIONS = (
    ({"kind": "name", "label": 'Name "<b>" & Co', "required": True}, "Ann Lee"),
    ({"kind": "phone", "label": "Phone"}, "+44 20 7946 0123"),
    ({"kind": "email", "label": "E-mail"}, "ann@visitor.example"),
    ({"kind": "step", "label": "More"}, None),
    ({"kind": "text", "label": "Short"}, "S"),
    ({"kind": "long", "label": "Long"}, "Two\nlines"),
    ({"kind": "number", "label": "Number"}, "12"),
    ({"kind": "date", "label": "Date"}, "2027-05-31"),
    ({"kind": "choice", "label": "One", "options": ["Red & blue", "Green"]}, "Red & blue"),
    ({"kind": "several", "label": "Some", "options": ["A", "B", "C"]}, ["A", "C"]),
    ({"kind": "rating", "label": "Rating"}, "4"),
    ({"kind": "address", "label": "Address"}, "1 Mill Lane"),
    ({"kind": "file", "label": "File", "required": True}, SimpleUploadedFile("plan.pdf", b"%PDF-1.4")),
    ({"kind": "consent", "label": "I agree", "required": True}, "yes"),
)


class Controls(HTMLParser):
    """Where a form posts to, how, and the names of its controls with what they offer."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.form: dict[str, str | None] = {}
        self.offered: dict[str, list[str]] = {}
        self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.form = given
        elif tag in ("input", "textarea", "select"):
            self.offered.setdefault(given["name"] or "", []).append(given.get("value") or "")
        self._select = given["name"] or "" if tag == "select" else self._select

    def handle_data(self, data: str) -> None:
        if self._select and data.strip():
            self.offered[self._select].append(data)

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select


def test_the_plain_form_as_it_stands_on_the_page_makes_a_lead(
    portal: Portal, alice: User, as_: Callable[[User], Client]
) -> None:
    site = sites.site(published=False)
    form = sites.form_of(site)
    form = design_form(
        actor=SYSTEM, form=form, version=form.version, name="Order", fields=[field for field, _answer in QUESTIONS],
        submit_label="Send", thank_you="Thanks",
    )  # fmt: skip
    publish_site(actor=SYSTEM, site=site)
    page = as_(alice).get(f"/sites/forms/{form.pk}/embed/").content.decode()
    found = re.search(r'<code id="copy-html">(.*?)</code>', page, re.DOTALL)
    assert found is not None
    pasted = Controls(html.unescape(found[1]))

    keys = [field["key"] for field in form.fields]
    answers = {key: answer for key, (_field, answer) in zip(keys, QUESTIONS, strict=True) if answer is not None}
    assert list(pasted.offered) == list(answers)
    assert (pasted.form["method"], pasted.form["enctype"]) == ("post", "multipart/form-data")
    assert {"Red & blue", "Green"} <= set(pasted.offered[keys[8]])
    assert pasted.offered[keys[9]] == ["A", "B", "C"]
    action = pasted.form["action"] or ""
    assert action.endswith(f"/_f/{form.public_id}")

    sent = sites.visitor(site).post(
        f"/_f/{form.public_id}", answers, HTTP_ORIGIN="https://cms.example", HTTP_REFERER="https://cms.example/order"
    )

    assert (sent.status_code, sent["Location"]) == (303, f"/_f/{form.public_id}/thanks")
    kept = Submission.objects.get()
    assert (kept.status, kept.page_url, kept.files.get().name) == (
        Status.FORWARDED, "https://cms.example/order", "plan.pdf",
    )  # fmt: skip
    assert [row["value"] for row in kept.answers] == [
        "\n".join(answer) if isinstance(answer, list) else "plan.pdf" if kind == "file" else answer
        for kind, answer in ((field["kind"], answer) for field, answer in QUESTIONS)
        if kind not in ("step", "consent")
    ]
    assert Lead.objects.get().title
