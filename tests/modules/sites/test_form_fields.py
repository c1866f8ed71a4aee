"""The form designer's kinds of questions, conditions, steps and files, as a visitor meets them."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from infra.kit import gates
from infra.kit.access import SYSTEM
from infra.kit.errors import Invalid
from modules.sites.domain.fields import check_answers, parse_fields
from modules.sites.domain.form import design_form
from modules.sites.domain.publishing import publish_site
from modules.sites.domain.submission import delete_submission
from modules.sites.models import Form, Site, Submission, SubmissionFile
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories import site as sites

NAME = {"key": "f1", "kind": "name", "label": "Name", "required": True}


def asked(*fields: dict[str, Any]) -> Sequence[Any]:
    return parse_fields([NAME, *fields])


def published(*fields: dict[str, Any]) -> tuple[Site, Form]:
    site = sites.site(published=False)
    form = sites.form_of(site)
    design_form(
        actor=SYSTEM, form=form, version=form.version, name="Order", fields=[NAME, *fields],
        submit_label="Send", thank_you="Thanks",
    )  # fmt: skip
    publish_site(actor=SYSTEM, site=site)
    return site, Form.objects.get(pk=form.pk)


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ({"kind": "number"}, "12,5", "12,5"),
        ({"kind": "date"}, "2027-05-31", "2027-05-31"),
        ({"kind": "rating"}, "4", "4"),
        ({"kind": "several", "options": ["A", "B", "C"]}, "A\nC", "A\nC"),
        ({"kind": "address"}, "12 Mill Street\nLondon", "12 Mill Street\nLondon"),
        ({"kind": "phone", "country": "RU"}, "916 123-45-67", "+7 916 123-45-67"),
        ({"kind": "phone", "country": "RU"}, "+44 20 7946 0123", "+44 20 7946 0123"),
    ],
)
def test_right_answers_are_kept(field: dict[str, Any], given: str, kept: str) -> None:
    fields = asked({"key": "f2", "label": "Q", **field})

    assert check_answers(fields, {"f1": "Ann", "f2": given}).values["f2"] == kept


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ({"kind": "number"}, "twelve"),
        ({"kind": "date"}, "31.05.2027"),
        ({"kind": "rating"}, "9"),
        ({"kind": "several", "options": ["A", "B"]}, "A\nX"),
    ],
)
def test_wrong_answers_are_refused_at_their_field(field: dict[str, Any], given: str) -> None:
    fields = asked({"key": "f2", "label": "Q", **field})

    with pytest.raises(Invalid) as refused:
        check_answers(fields, {"f1": "Ann", "f2": given})

    assert list(refused.value.fields) == ["f2"]


def test_a_question_with_a_condition_is_asked_only_then() -> None:  # promise 56
    choice = {"key": "f2", "kind": "choice", "label": "Delivery", "options": ["Yes", "No"]}
    where = {"key": "f3", "kind": "text", "label": "Where", "required": True, "show_key": "f2", "show_value": "Yes"}
    fields = asked(choice, where)

    assert check_answers(fields, {"f1": "Ann", "f2": "No", "f3": "smuggled"}).values["f3"] == ""
    with pytest.raises(Invalid) as refused:
        check_answers(fields, {"f1": "Ann", "f2": "Yes"})
    assert list(refused.value.fields) == ["f3"]


def test_a_condition_on_a_later_question_is_dropped() -> None:
    later = {"key": "f2", "kind": "text", "label": "Q", "show_key": "f9", "show_value": "x"}
    assert asked(later)[1].show_key == ""


def test_steps_conditions_and_prefill_are_in_the_page(portal: Portal) -> None:
    site, form = published(
        {"key": "f2", "kind": "several", "label": "What", "options": ["A", "B"]},
        {"key": "f3", "kind": "step", "label": "Delivery"},
        {"key": "f4", "kind": "text", "label": "Where", "show_key": "f2", "show_value": "A", "prefill": "place"},
    )

    html = sites.visitor(site).get(f"/_f/{form.public_id}").content.decode()

    assert html.count("data-step-part") == 2
    assert "<legend>Delivery</legend>" in html
    assert 'data-show="f2" data-when="A"' in html
    assert 'data-prefill="place"' in html


def test_a_file_is_kept_counted_handed_out_as_a_download_and_removed(  # promise 62
    portal: Portal, alice: User, as_: Any
) -> None:
    site, form = published({"key": "f2", "kind": "file", "label": "CV", "required": True})
    used = gates.usage("portals.disk_bytes").used
    hostile = SimpleUploadedFile("../../a<b>.pdf", b"<script>alert(1)</script>", "text/html")

    answer = sites.visitor(site).post(
        f"/_f/{form.public_id}", {"f1": "Ann", "f2": hostile}, HTTP_ACCEPT="application/json"
    )

    kept = SubmissionFile.objects.get()
    assert answer.status_code == 200
    assert (kept.name, kept.size) == ("a<b>.pdf", 25)
    assert gates.usage("portals.disk_bytes").used == used + 25
    shown = as_(alice).get(f"/sites/submissions/{kept.submission_id}/files/{kept.pk}/")
    assert shown["Content-Disposition"].startswith("attachment")
    assert shown["Content-Type"] == "application/pdf"
    assert "sandbox" in shown["Content-Security-Policy"]

    Submission.objects.update(status="forwarded")
    delete_submission(actor=SYSTEM, submission=Submission.objects.get())
    assert gates.usage("portals.disk_bytes").used == used


@pytest.mark.parametrize(
    ("name", "content"), [*((name, b"x") for name in ("x.html", "x.svg", "x.exe", "x.pdf.js", "x")), ("x.pdf", b"")]
)
def test_files_that_could_run_are_refused_and_empty_ones(  # promise 62
    portal: Portal, name: str, content: bytes
) -> None:
    site, form = published({"key": "f2", "kind": "file", "label": "CV"})

    answer = sites.visitor(site).post(
        f"/_f/{form.public_id}",
        {"f1": "Ann", "f2": SimpleUploadedFile(name, content)},
        HTTP_ACCEPT="application/json",
    )

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["f2"])
    assert not Submission.objects.exists()


def test_a_file_is_handed_to_whoever_has_sent_the_form(portal: Portal, alice: User, as_: Any) -> None:
    site, form = published()
    as_(alice).post(f"/sites/forms/{form.pk}/file/", {"file": SimpleUploadedFile("prices.pdf", b"%PDF-1.4")})
    publish_site(actor=SYSTEM, site=site)
    visitor = sites.visitor(site)

    told = visitor.post(f"/_f/{form.public_id}", {"f1": "Ann"}, HTTP_ACCEPT="application/json").json()
    answer = visitor.get(told["file"])

    assert told["file_name"] == "prices.pdf"
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.4")
    assert answer["Content-Disposition"] == 'attachment; filename="prices.pdf"'
    assert "prices.pdf" in visitor.get(f"/_f/{form.public_id}/thanks").content.decode()
    as_(alice).post(f"/sites/forms/{form.pk}/file/", {})
    form.refresh_from_db()
    assert (form.file_key, form.file_size) == ("", 0)


def test_a_form_that_opens_by_itself_stands_on_pages_without_it(portal: Portal, alice: User, as_: Any) -> None:
    site, form = published()
    page = site.pages.get(path="")
    page.html = "<h1>Hello</h1>"
    page.save()
    design_form(
        actor=SYSTEM, form=form, version=form.version, name="Order", fields=[NAME], submit_label="Send",
        thank_you="Thanks", popup={"when": "time", "value": "5", "title": "Wait"},
    )  # fmt: skip
    publish_site(actor=SYSTEM, site=site)

    html = sites.visitor(site).get("/").content.decode()

    assert '<dialog class="popup" id="popup" data-when="time" data-value="5" aria-label="Wait">' in html
    assert f'action="/_f/{form.public_id}"' in html
