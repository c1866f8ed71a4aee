"""The screens of the room, as people of the company use them."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from modules.sites.models import Form, Site, Submission
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories import site as sites

As = Callable[[User], Client]


def test_every_page_opens(portal: Portal, alice: User, as_: As) -> None:
    site = sites.site()
    form, page = sites.form_of(site), site.pages.get(path="")
    sent = sites.send(form)
    client = as_(alice)

    for path in (
        "/sites/",
        "/sites/new/",
        "/sites/submissions/",
        f"/sites/submissions/{sent.pk}/",
        f"/sites/{site.pk}/",
        f"/sites/{site.pk}/settings/",
        f"/sites/{site.pk}/pages/new/",
        f"/sites/{site.pk}/forms/new/",
        f"/sites/{site.pk}/look/",
        f"/sites/{site.pk}/site.css",
        f"/sites/{site.pk}/art/scene.svg",
        f"/sites/{site.pk}/pictures/",
        f"/sites/pages/{page.pk}/",
        f"/sites/pages/{page.pk}/settings/",
        f"/sites/pages/{page.pk}/preview/",
        f"/sites/pages/{page.pk}/history/",
        f"/sites/pages/{page.pk}/history/{page.versions.get().pk}/",
        f"/sites/forms/{form.pk}/",
        f"/sites/forms/{form.pk}/part/",
        f"/sites/forms/{form.pk}/embed/",
    ):
        assert client.get(path).status_code == 200, path


def test_a_newcomer_makes_and_publishes_a_site(portal: Portal, alice: User, as_: As) -> None:
    client = as_(alice)

    made = client.post(
        "/sites/new/", {"name": "Flower shop", "slug": "flowers", "language": "ru", "theme_color": "#aa3366"}
    )
    site = Site.objects.get()
    published = client.post(f"/sites/{site.pk}/publish/")

    assert (made.status_code, made["Location"]) == (302, f"/sites/{site.pk}/")
    assert (published.status_code, published["Location"]) == (302, f"/sites/{site.pk}/")
    assert "Flower shop" in sites.visitor(site).get("/").content.decode()
    assert '<html lang="ru"' in sites.visitor(site).get("/").content.decode()


@pytest.mark.parametrize("slug", ["bakery", "a", "www", "-x-", "x y", "../x", "x" * 41, "ключ", "a--b"])
def test_a_bad_or_taken_address_is_refused_at_its_field(portal: Portal, alice: User, as_: As, slug: str) -> None:
    sites.site(published=False)

    answer = as_(alice).post("/sites/new/", {"name": "Shop", "slug": slug, "language": "en", "theme_color": "#aa3366"})

    assert answer.status_code == 422
    assert Site.objects.count() == 1


def form_data(form: Form, **changes: str) -> dict[str, str]:
    data = {
        "name": form.name,
        "submit_label": form.submit_label,
        "thank_you": form.thank_you,
        "redirect_url": form.redirect_url,
        "responsible": str(form.responsible_id or ""),
        "origins": "\n".join(form.origins),
        "version": str(form.version),
    }
    for number, value in enumerate(form.fields):
        for name in ("key", "kind", "label", "hint"):
            data[f"f-{number}-{name}"] = value[name]
        data[f"f-{number}-options"] = "\n".join(value["options"])
        if value["required"]:
            data[f"f-{number}-required"] = "on"
    return data | changes


def test_the_designer_adds_a_choice_and_keeps_the_keys_of_the_others(portal: Portal, alice: User, as_: As) -> None:
    form = sites.form_of(sites.site())
    keys = [field["key"] for field in form.fields]
    data = form_data(
        form, **{"f-5-kind": "choice", "f-5-label": "Size", "f-5-options": "S\n M \n\nS", "f-5-required": "on"}
    )

    answer = as_(alice).post(f"/sites/forms/{form.pk}/", data)

    form.refresh_from_db()
    assert answer.status_code == 302
    assert [field["key"] for field in form.fields] == [*keys, "f6"]
    assert form.fields[5] | {"key": ""} == {
        "key": "",
        "kind": "choice",
        "label": "Size",
        "required": True,
        "hint": "",
        "options": ["S", "M"],
        "show_key": "",
        "show_value": "",
        "prefill": "",
        "country": "",
        "target": "",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_url": "javascript:alert(1)"},
        {"redirect_url": "https://evil@example.com"},
        {"origins": "https://*.example.com"},
        {"origins": "https://a.example/ https://b.example"},
        {"origins": "https://a.example; script-src *"},
        {"f-0-label": ""},
        {"f-0-kind": "script"},
        {"responsible": "999999"},
        {"name": ""},
        {"submit_label": "x" * 61},
    ],
)
def test_a_wrong_design_is_refused_whole(portal: Portal, alice: User, as_: As, change: dict[str, str]) -> None:
    form = sites.form_of(sites.site())

    answer = as_(alice).post(f"/sites/forms/{form.pk}/", form_data(form, thank_you="Changed", **change))

    form.refresh_from_db()
    assert answer.status_code == 422
    assert form.thank_you != "Changed"
    assert "Changed" in answer.content.decode()


def test_submissions_are_found_by_the_start_of_any_word(portal: Portal, alice: User, as_: As) -> None:
    form = sites.form_of(sites.site())
    sites.send(form, {**sites.ANSWERS, "f1": "Maria Gonzalez", "f4": "Seventeen chairs"})
    sites.send(form, {**sites.ANSWERS, "f1": "Ann Lee"})
    client = as_(alice)

    def found(text: str) -> list[str]:
        html = client.get("/sites/submissions/", {"q": text}).content.decode()
        return re.findall(r'<a class="ui-row-link"[^>]*>([^<]+)</a>', html)

    assert found("gonz") == ["Maria Gonzalez"]
    assert found("chai seven") == ["Maria Gonzalez"]
    assert found("ann@visitor") == ["Ann Lee", "Maria Gonzalez"]
    assert found("' | !") == []


def test_export_defuses_formulas(portal: Portal, alice: User, as_: As) -> None:  # promise 57
    form = sites.form_of(sites.site())
    sites.send(form, {**sites.ANSWERS, "f1": "=HYPERLINK(1)"})

    answer = as_(alice).get("/sites/submissions/", {"export": "csv"})

    text = b"".join(answer).decode() if answer.streaming else answer.content.decode()
    assert "HYPERLINK" in text
    assert not any(cell.lstrip('"').startswith("=") for line in text.splitlines() for cell in line.split(","))


def test_list_queries_do_not_grow(portal: Portal, alice: User, as_: As) -> None:
    form = sites.form_of(sites.site())
    client = as_(alice)
    sites.send(form)
    client.get("/sites/submissions/")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get("/sites/submissions/")
        counts.append(len(queries))
        for number in range(3):
            sites.send(form, {**sites.ANSWERS, "f4": f"number {number}"})
    assert counts[0] == counts[1]


def test_a_colleague_without_the_right_sees_no_submissions(portal: Portal, bob: User, as_: As) -> None:
    sent = sites.send(sites.form_of(sites.site()))
    client = as_(bob)

    assert client.get("/sites/submissions/").status_code == 403
    assert client.get(f"/sites/submissions/{sent.pk}/").status_code == 403
    assert client.post(f"/sites/submissions/{sent.pk}/delete/").status_code == 403
    assert Submission.objects.filter(pk=sent.pk).exists()


def test_only_those_who_may_publish_do(portal: Portal, bob: User, as_: As) -> None:
    site = sites.site(published=False)

    assert as_(bob).post(f"/sites/{site.pk}/publish/").status_code == 403
    site.refresh_from_db()
    assert site.publication is None


def test_a_site_takes_its_address_from_its_name(portal: Portal, as_: Callable[[User], Client], alice: User) -> None:
    client = as_(alice)
    hint = client.get("/sites/new/address/", {"name": "Тёплый хлеб"})
    assert "teplyi-khleb." in hint.content.decode()
    answer = client.post("/sites/new/", {"name": "Тёплый хлеб", "slug": "", "language": "ru", "theme_color": "#0b6b5f"})
    assert answer.status_code == 302
    assert Site.objects.get(name="Тёплый хлеб").slug == "teplyi-khleb"
    assert "teplyi-khleb-2." in client.get("/sites/new/address/", {"name": "Тёплый хлеб"}).content.decode()
