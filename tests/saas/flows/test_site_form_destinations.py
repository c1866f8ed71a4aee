"""Where a stranger's answers go: into fields, deals with their contact, to people by rule, one record a visitor."""

from typing import Any

import pytest

from infra.kit.access import SYSTEM
from infra.kit.errors import Invalid
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.item_type import TypeDesign, create_type, delete_type
from modules.crm.domain.kinds import CONTACT, DEAL, LEAD, kind_named
from modules.crm.domain.pipeline import create_pipeline
from modules.crm.domain.record import create_record
from modules.crm.models import Activity, Contact, CustomField, Deal, Lead, Pipeline, Stage
from modules.sites.domain.destination import targets
from modules.sites.domain.form import design_form
from modules.sites.domain.publishing import publish_site
from modules.sites.models import Form, Status, Submission
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories import site as sites

NAME = {"key": "f1", "kind": "name", "label": "Name", "required": True}
PHONE = {"key": "f2", "kind": "phone", "label": "Phone"}
ANN = {"f1": "Ann Lee", "f2": "+44 20 7946 0123"}


def form_with(*fields: dict[str, Any], **more: Any) -> Form:
    site = sites.site(published=False)
    form = sites.form_of(site)
    design_form(
        actor=SYSTEM, form=form, version=form.version, name="Order", fields=[NAME, PHONE, *fields],
        submit_label="Send", thank_you="Thanks", **more,
    )  # fmt: skip
    publish_site(actor=SYSTEM, site=site)
    return Form.objects.get(pk=form.pk)


def post(form: Form, number: int = 1, **values: Any) -> Submission:
    answer = sites.visitor(form.site).post(
        f"/_f/{form.public_id}", {**ANN, **values}, REMOTE_ADDR=f"203.0.113.{number}"
    )
    assert answer.status_code == 303
    return Submission.objects.latest("pk")


def test_answers_are_written_into_fields_of_the_company(portal: Portal) -> None:
    size = add_field(
        actor=SYSTEM, kind=LEAD, design=FieldDesign(name="Size", type="choice", options=["Small", "Large"])
    )
    guests = add_field(actor=SYSTEM, kind=LEAD, design=FieldDesign(name="Guests", type="number", places=0))
    offered = {row.key: row for target in targets() if target.kind == "lead" for row in target.questions}
    assert (offered[f"lead.f{size.pk}"].kind, offered[f"lead.f{size.pk}"].options) == ("choice", ("Small", "Large"))
    assert offered[f"lead.f{guests.pk}"].kind == "number"
    form = form_with(
        {"kind": "choice", "label": "Size", "options": ["Small", "Large", "Huge"], "target": f"lead.f{size.pk}"},
        {"kind": "text", "label": "Guests", "target": f"lead.f{guests.pk}"},
        {"kind": "text", "label": "Work", "target": "lead.post"},
    )
    keys = [row["key"] for row in form.fields[2:]]

    post(form, **dict(zip(keys, ["Large", "40", "Cook"], strict=True)))

    lead = Lead.objects.get()
    large = CustomField.objects.get(pk=size.pk).options.get(name="Large")
    assert (lead.custom, lead.post) == ({f"f{size.pk}": large.pk, f"f{guests.pk}": "40"}, "Cook")
    assert {point.value for point in lead.contact_points.all()} == {"+442079460123"}

    post(form, 2, f2="+44 20 7946 0555", **dict(zip(keys, ["Huge", "many", "x" * 200], strict=True)))
    second = Lead.objects.latest("pk")
    assert (second.custom, second.post) == ({}, "x" * 150)  # what does not fit is not refused …
    shown = Activity.objects.get(lead=second).details["answers"]
    assert [value for _label, value in shown] == ["Huge", "many", "x" * 200]  # … and is on the timeline


def test_a_deal_in_a_pipeline_with_the_contact_that_is_known(portal: Portal, bob: User) -> None:
    pipeline = create_pipeline(actor=SYSTEM, name="Catering", kind=DEAL)
    first = Stage.objects.filter(pipeline=pipeline).order_by("position", "pk").first()
    known = create_record(
        actor=SYSTEM, kind=CONTACT, values={"first_name": "Ann", "phones": ["+442079460123"]}, responsible_id=bob.pk
    )
    form = form_with(
        {"kind": "text", "label": "Work", "target": "contact.post"},
        {"kind": "long", "label": "What for", "target": "deal.comment"},
        {"kind": "email", "label": "E-mail"},
        destination={"kind": "deal", "pipeline_id": pipeline.pk, "join": True},
    )
    post_key, comment_key, email_key = (row["key"] for row in form.fields[2:])

    first_sent = post(form, **{post_key: "Cook", comment_key: "A wedding", email_key: "ann@x.example"})

    deal = Deal.objects.get()
    known.refresh_from_db()
    assert (deal.stage_id, deal.comment, deal.source, deal.responsible_id) == (first.pk, "A wedding", "form", bob.pk)
    assert list(deal.contacts.all()) == [known]
    assert known.post == "Cook"
    assert {p.value for p in known.contact_points.all()} == {"+442079460123", "ann@x.example"}
    assert (first_sent.lead, Lead.objects.count(), Contact.objects.count()) == (str(deal.ref), 0, 1)

    again = post(form, 2, **{comment_key: "And a birthday"})
    assert (again.lead, Deal.objects.count()) == (str(deal.ref), 1)
    entries = Activity.objects.filter(deal=deal, contact=known).order_by("created_at")
    assert [len(row.details.get("earlier", [])) for row in entries] == [0, 1]

    stranger = post(form, 3, f1="Zed Q Last", f2="+442079460777")
    contact = Contact.objects.latest("pk")
    assert (contact.first_name, contact.middle_name, contact.last_name) == ("Zed", "Q", "Last")
    assert stranger.lead == str(Deal.objects.latest("pk").ref)
    assert list(Deal.objects.latest("pk").contacts.all()) == [contact]

    Pipeline.objects.filter(pk=pipeline.pk).update(is_usual=False)
    Deal.objects.all().delete()
    Stage.objects.filter(pipeline=pipeline).delete()
    Pipeline.objects.filter(pk=pipeline.pk).delete()
    later = post(form, 4, f2="+442079460888")  # the pipeline went: nothing is lost
    assert later.lead == str(Deal.objects.get().ref)


def test_a_record_of_a_kind_that_the_company_made(portal: Portal) -> None:
    row = create_type(actor=SYSTEM, design=TypeDesign(name="Claim", plural="Claims", links=("contact",)))
    kind = kind_named(f"item_{row.pk}")
    broken = add_field(actor=SYSTEM, kind=kind, design=FieldDesign(name="What broke"))
    target = next(target for target in targets() if target.kind == kind.key)
    assert target.title == "Claim"
    form = form_with(
        {"kind": "text", "label": "What broke?", "target": f"{kind.key}.f{broken.pk}"},
        destination={"kind": kind.key, "pipeline_id": target.pipelines[0][0]},
    )

    sent = post(form, **{form.fields[2]["key"]: "The lid"})

    item = kind.rows().get()
    assert (sent.lead, sent.status) == (str(item.ref), Status.FORWARDED)
    assert (item.title, item.custom, str(item.contact)) == ("Ann Lee", {f"f{broken.pk}": "The lid"}, "Ann Lee")
    assert Activity.objects.get(item=item).details["answers"] == [["What broke?", "The lid"]]

    delete_type(actor=SYSTEM, row=row)
    later = post(form, 2, f2="+442079460888")  # nothing is lost: it says why it was not delivered
    assert (later.status, later.reason[:37]) == (Status.FAILED, "What this form makes exists no longer")


def test_a_visitor_who_writes_again_joins_the_open_lead(portal: Portal) -> None:
    form = form_with(destination={"kind": "lead", "join": True})
    visits = '[["2026-05-01T10:00:00Z", "/"], ["2026-05-01T10:01:00Z", "/prices"], ["no", "/x"], ["<b>", 5]]'

    first, second = post(form, 1), post(form, 2, f1="Ann", visits=visits)

    lead = Lead.objects.get()
    assert (first.lead, second.lead) == (str(lead.ref), str(lead.ref))
    latest = Activity.objects.filter(lead=lead).latest("pk")
    assert latest.details["visits"] == [["2026-05-01T10:00:00Z", "/"], ["2026-05-01T10:01:00Z", "/prices"]]
    assert len(latest.details["earlier"]) == 1

    Lead.objects.update(stage=Stage.objects.filter(pipeline__kind="lead", kind="lost").first())
    assert post(form, 3).lead != str(lead.ref)
    assert Lead.objects.count() == 2


def test_the_answer_names_the_person(portal: Portal, alice: User, bob: User) -> None:
    city = {"key": "f3", "kind": "choice", "label": "City", "options": ["Rome", "Oslo"]}
    rules = [{"key": "f3", "value": "oslo", "person_id": bob.pk}, {}]
    form = form_with(city, responsible_id=alice.pk, destination={"kind": "lead", "rules": rules})

    post(form, 1, f3="Oslo")
    post(form, 2, f3="Rome", f2="+442079460555")

    assert list(Lead.objects.order_by("pk").values_list("responsible_id", flat=True)) == [bob.pk, alice.pk]


@pytest.mark.parametrize(
    ("destination", "field"),
    [
        ({"kind": "moon"}, "destination"),
        ({"kind": "deal", "pipeline_id": 999_999}, "destination"),
        ({"kind": "lead", "rules": [{"key": "f1", "value": "x", "person_id": 999_999}]}, "rules"),
        ({"kind": "lead", "rules": [{"key": "f1", "value": "", "person_id": ""}, {"value": "x"}]}, "rules"),
    ],
)
def test_a_destination_that_is_none_is_refused(portal: Portal, destination: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        form_with(destination=destination)
    assert list(refusal.value.fields) == [field]
    assert Form.objects.get().name == "Contact form"
