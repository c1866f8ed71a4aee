"""What a sceptical reader asks of a figure: counted once, of what was asked for, and held against the right thing."""

import random
from datetime import timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import pytest
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone

from infra import audit
from infra.kit.spec import Scope
from modules.crm.domain.access import access, pipelines
from modules.crm.domain.activity import Plan, plan_activity
from modules.crm.domain.custom_field import FieldDesign, access_field, add_field, retire_field
from modules.crm.domain.field_rights import set_field_rights
from modules.crm.domain.goal import set_goals
from modules.crm.domain.kinds import DEAL, INVOICE, LEAD, PRODUCT, Kind
from modules.crm.domain.pipeline import delete_stage, edit_stage
from modules.crm.domain.record import delete_record, move_record
from modules.crm.domain.reports import funnel as funnels
from modules.crm.domain.reports.catalogue import ask_of, source_named
from modules.crm.domain.reports.figures import Figures
from modules.crm.domain.reports.saved import save_report
from modules.crm.domain.selling.document_making import make_document
from modules.crm.domain.selling.document_status import issue_invoice
from modules.crm.domain.selling.payment import record_payment
from modules.crm.domain.selling.product_rows import set_rows
from modules.crm.models import Activity, Deal, Goal, Invoice, Lead, Payment, StageStay
from tenants.people.domain.role import create_role
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.lead import lead
from tests.factories.record import record
from tests.support.clients import signed_in, with_token


def stage(preset: str, kind: Kind = DEAL) -> Any:
    return next(one for one in pipelines(kind)[0].stages.all() if one.preset == preset)


def figures(actor: User, source: str, query: str = "") -> Figures:
    found = source_named(source)
    return found.run(ask_of(actor, found, QueryDict(query)))


def stat(shown: Figures, label: str) -> Any:
    return next(one for one in shown.stats if str(one.label) == label)


def lines(shown: Figures, place: int = 0) -> dict[str, list[Any]]:
    return {str(line[0].value): [cell.value for cell in line[1:]] for line in shown.tables[place].lines}


def notes(shown: Figures) -> str:
    return " ".join(map(str, shown.notes))


def sold(actor: User, amount: int, *, days_ago: int = 0, **values: Any) -> Any:
    deal = record(actor, DEAL, title=f"Deal {amount}", amount=amount, **values)
    deal = move_record(actor=actor, record=deal, stage=stage("deal_won"))
    Deal.objects.filter(pk=deal.pk).update(closed_at=timezone.now() - timedelta(days=days_ago))
    return deal


@pytest.fixture
def colours(portal: Portal, alice: User) -> Any:
    """A field of several answers, by their names."""
    options = ["red", "blue"]
    field = add_field(actor=alice, kind=DEAL, design=FieldDesign(name="Colours", type="choices", options=options))
    return field, {option.name: option.pk for option in field.options.all()}


def test_a_deal_of_two_groups_counts_once_in_the_whole(portal: Portal, alice: User, colours: Any) -> None:
    field, ids = colours
    sold(alice, 100, **{field.key: [ids["red"], ids["blue"]]})
    sold(alice, 40, **{field.key: [ids["red"]]})
    shown = figures(alice, "sales", f"by={field.key}")
    assert {name: line[:2] for name, line in lines(shown).items()} == {"red": [2, 140], "blue": [1, 100]}
    assert (stat(shown, "Won deals").cell.value, stat(shown, "Sum of won").cell.value) == (2, 140)
    assert [cell.value for cell in shown.tables[0].total[1:3]] == [2, 140]
    one = figures(alice, "sales", f"by={field.key}&{field.key}={ids['blue']}")
    assert {name: line[:2] for name, line in lines(one).items()} == {"blue": [1, 100]}, "as its list shows"


def test_two_fields_of_several_answers_cross(portal: Portal, alice: User, colours: Any) -> None:
    field, ids = colours
    other = add_field(actor=alice, kind=DEAL, design=FieldDesign(name="Sizes", type="choices", options=["S", "M", "L"]))
    sizes = {option.name: option.pk for option in other.options.all()}
    record(alice, DEAL, title="A", **{field.key: [ids["red"], ids["blue"]], other.key: list(sizes.values())})
    record(alice, DEAL, title="B", **{field.key: [ids["red"]], other.key: [sizes["S"]]})
    Deal.objects.exclude(title__in=["A", "B"]).delete()
    shown = figures(alice, "built", f"of=deal&by={field.key}&then={other.key}&measure=count")
    heads = [str(head) for head in shown.tables[0].heads[1:]]
    found = {name: dict(zip(heads, line, strict=True)) for name, line in lines(shown).items()}
    assert found == {"red": {"S": 2, "M": 1, "L": 1}, "blue": {"S": 1, "M": 1, "L": 1}}


def test_what_sold_before_and_sells_no_more_is_told(portal: Portal, alice: User) -> None:
    cake = record(alice, PRODUCT, title="Cake")
    before = sold(alice, 70, source="referral")
    set_rows(actor=alice, record=before, rows=[{"product": cake.pk, "title": "Cake", "price": "70"}])
    week = timezone.localdate() - timedelta(days=6)
    Deal.objects.filter(pk=before.pk).update(closed_at=timezone.now() - timedelta(days=9))
    sold(alice, 30, source="call")
    span = f"period=own&from={week}&to={timezone.localdate()}"
    shown = figures(alice, "sales", f"by=source&{span}")
    assert {name: (line[1], line[4]) for name, line in lines(shown).items()} == {
        "Call": (30, None),
        "Recommendation": (0, 70),
    }
    assert shown.tables[0].total[5].value == 70
    shown = figures(alice, "sales", f"by=product&{span}")
    assert (stat(shown, "Sold by rows of products").before.value, lines(shown)["Cake"][4]) == (70, 70)


def test_won_and_then_reopened_is_not_won(portal: Portal, alice: User) -> None:
    deal = sold(alice, 500)
    move_record(actor=alice, record=deal, stage=stage("offer"))
    sold(alice, 20)
    shown = figures(alice, "funnel", "of=deal")
    last = shown.charts[0].points[-1]
    assert (last.label, list(last.values)) == ("Won", [stat(shown, "Won").cell.value])
    listed = signed_in(alice).get(last.urls[0]).context["list"].filtered()
    assert [row.pk for row in listed] == list(Deal.objects.filter(amount=20).values_list("pk", flat=True))
    agreed = next(point for point in shown.charts[0].points if point.label == "Agreed")
    assert list(agreed.values) == [2], "it had come that far"


def test_a_stage_that_means_something_else_takes_its_records_along(portal: Portal, alice: User) -> None:
    deal = move_record(actor=alice, record=record(alice, DEAL, title="Oak", amount=90), stage=stage("paying"))
    paying = stage("paying")
    edit_stage(actor=alice, stage=paying, name="Paid", colour="success", kind="won")
    assert stat(figures(alice, "sales"), "Sum of won").cell.value == 90
    closed = access(alice, DEAL, deal.pk)
    assert closed.closed_at == closed.stage_since
    edit_stage(actor=alice, stage=paying, name="Paying", colour="info", kind="open")
    assert access(alice, DEAL, deal.pk).closed_at is None
    won = move_record(actor=alice, record=closed, stage=stage("deal_won"))
    assert delete_stage(actor=alice, stage=stage("deal_won"), move_to=stage("offer")) == 1
    back = access(alice, DEAL, won.pk)
    assert (back.stage.preset, back.closed_at) == ("offer", None)
    assert delete_stage(actor=alice, stage=stage("offer"), move_to=stage("deal_lost")) == 1
    lost = access(alice, DEAL, won.pk)
    assert lost.closed_at is not None
    assert lost.reached is not None
    assert lost.reached.pk == paying.pk, "it had come as far as the stage before, or further"


def test_a_condition_on_what_is_gone_counts_nothing_and_says_so(portal: Portal, alice: User) -> None:
    extra = stage("need")
    move_record(actor=alice, record=record(alice, DEAL, title="Oak", amount=90), stage=extra)
    address = f"of=deal&by=source&measure=count&stage={extra.pk}"
    assert figures(alice, "built", address).stats[0].cell.value == 1
    delete_stage(actor=alice, stage=extra, move_to=stage("offer"))
    shown = figures(alice, "built", address)
    assert shown.empty
    assert "Stage" in notes(shown)
    page = signed_in(alice).get(f"/crm/reports/built/?{address}")
    assert "asks for in the filter is gone" in page.content.decode()
    field = add_field(actor=alice, kind=DEAL, design=FieldDesign(name="Size", type="choice", options=["S"]))
    retire_field(actor=alice, row=access_field(field.pk))
    retired = f"of=deal&by={field.key}"
    assert "the usual one is shown" in notes(figures(alice, "built", retired))
    kept = save_report(actor=alice, source=source_named("built"), name="By size", query=retired)
    tile = signed_in(alice).get(f"/crm/reports/saved/{kept.pk}/tile/")
    assert "the usual one is shown" in tile.content.decode(), "also on the start page"


@pytest.mark.parametrize("odd", ["1e1000000", "-1e1000000", "1e-1000000", "9" * 200])
def test_a_number_that_no_database_compares_is_refused(portal: Portal, alice: User, odd: str) -> None:
    own = add_field(actor=alice, kind=DEAL, design=FieldDesign(name="Margin", type="number"))
    record(alice, DEAL, title="Oak", amount=90)
    client = signed_in(alice)
    for name in ("amount", own.key):
        page = client.get("/crm/deals/", {f"{name}_min": odd})
        assert (page.status_code, page.context["list"].filterset.form.is_valid()) == (200, False)
        assert client.get("/crm/reports/forgotten/", {f"{name}_max": odd}).context["figures"].empty
        assert with_token(alice).get("/api/v1/deals", {f"{name}_min": odd}).status_code == 400


def test_a_condition_that_is_closed_to_the_reader_is_told(portal: Portal, alice: User, bob: User) -> None:
    rights = {"crm.deal.view": Scope.ALL, "crm.deal.export": Scope.ALL, "crm.report.view": Scope.ALL}
    bob.role = create_role(actor=alice, name="Counter", base="employee", permissions=rights)
    bob.save()
    own = add_field(actor=alice, kind=DEAL, design=FieldDesign(name="Margin", type="number"))
    twice = add_field(
        actor=alice, kind=DEAL, design=FieldDesign(name="Twice", type="formula", formula=f"{{{own.key}}} * 2")
    )
    four = add_field(
        actor=alice, kind=DEAL, design=FieldDesign(name="Four", type="formula", formula=f"{{{twice.key}}} * 2")
    )
    deal = record(alice, DEAL, title="Oak", **{own.key: "1234"})
    set_field_rights(actor=alice, kind=DEAL, field=own.key, rights={bob.role_id: "hidden"})
    address = f"of=deal&by=source&measure={four.key}.sum&{own.key}_min=1"
    assert "4936" in notes(figures(alice, "built", address)) + str(figures(alice, "built", address).stats[0].cell.value)
    shown = figures(bob, "built", address)
    assert str(shown.stats[0].label) == "How many", "what is worked out from a hidden field is hidden"
    assert "closed to your role" in notes(shown)
    client = signed_in(bob)
    for page in (f"/crm/deals/{deal.pk}/", "/crm/deals/?export=csv", f"/crm/deals/?order={four.key}"):
        answer = client.get(page)
        text = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
        assert not any(number in text for number in ("1234", "2468", "2,468", "4936", "4,936")), page


def test_time_in_a_stage_is_that_of_the_reader_s_records(
    portal: Portal, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(funnels, "NEWEST_STAYS", 2)
    now = timezone.now()
    for number, (person, days) in enumerate(((bob, 4), (alice, 1), (alice, 1), (alice, 1))):
        deal = move_record(actor=person, record=record(person, DEAL, title=f"Oak {number}"), stage=stage("offer"))
        StageStay.objects.filter(deal=deal).update(
            left_at=now - timedelta(hours=9 - number), entered_at=now - timedelta(hours=9 - number, days=days)
        )
    shown = lines(figures(alice, "funnel", f"of=deal&responsible={bob.pk}&period=this_year"))
    assert shown["New"][-1] == timedelta(days=4)
    assert lines(figures(alice, "funnel", "of=deal&period=this_year"))["New"][-1] == timedelta(days=1)


def test_forgotten_days_are_the_reader_s_since_anything_was_done(portal: Portal, alice: User) -> None:
    deal = record(alice, DEAL, title="Quiet oak")
    plan_activity(actor=alice, record=deal, plan=Plan(kind="call", due_at=timezone.now()), done=True)
    days = timezone.now().replace(hour=23, minute=30) - timedelta(days=20)
    Deal.objects.filter(pk=deal.pk).update(updated_at=days - timedelta(days=30), last_activity_at=days)
    with timezone.override("Asia/Tokyo"):  # there it is the next day already
        shown = figures(alice, "forgotten", "of=deal&quiet=14")
        waited = (timezone.localdate() - timezone.localtime(days).date()).days
    assert next(line for name, line in lines(shown, 1).items() if name == "Quiet oak")[2] == waited


def test_forgotten_stands_beside_what_was_forgotten_a_month_ago(portal: Portal, alice: User) -> None:
    Deal.objects.all().delete()
    now = timezone.now()

    def past(title: str, *, came: int = 60, last: int = 60, moved: int = 60, closed: int | None = None) -> Any:
        """A deal of so many days ago, with what happened to it last."""
        with audit.dated(now - timedelta(days=came)):
            deal = record(alice, DEAL, title=title)
        days = {"created_at": came, "updated_at": last, "stage_since": moved, "closed_at": closed}
        values = {name: now - timedelta(days=ago) for name, ago in days.items() if ago is not None}
        Deal.objects.filter(pk=deal.pk).update(**values, last_activity_at=None)
        return access(alice, DEAL, deal.pk)

    def planned(deal: Any, *, made: int, due: int, done: int | None = None) -> None:
        with audit.dated(now - timedelta(days=made)):
            one = plan_activity(actor=alice, record=deal, plan=Plan(kind="call", due_at=now - timedelta(days=due)))
        when = None if done is None else now - timedelta(days=done)
        Activity.objects.filter(pk=one.pk).update(created_at=now - timedelta(days=made), done_at=when)

    past("quiet then and now")  # in work, nothing planned, quiet
    past("touched since", last=5)  # the same
    past("too new then", came=20, last=20, moved=20)
    past("new then", came=35, last=35)  # in work, nothing planned
    planned(past("overdue then, done since"), made=55, due=40, done=10)  # in work, overdue, quiet
    planned(past("planned then"), made=50, due=20)  # in work, quiet
    planned(past("planned since"), made=9, due=-9)  # in work, nothing planned, quiet
    planned(past("worked on then, and since", last=3), made=36, due=34, done=33)  # in work, nothing planned
    lost = past("lost since", moved=4, closed=4)  # in work, nothing planned, quiet
    reopened = past("lost then, reopened since", moved=4)
    for deal, was, to in ((lost, "need", "deal_lost"), (reopened, "deal_lost", "need")):
        Deal.objects.filter(pk=deal.pk).update(stage=stage(to))
        span = {"entered_at": now - timedelta(days=50), "left_at": now - timedelta(days=4)}
        StageStay.objects.create(deal=deal, stage=stage(was), **span)
    edited = past("edited then, and since", last=2)  # in work, nothing planned
    with transaction.atomic(), audit.dated(now - timedelta(days=34)):
        audit.record(alice, "deal.edit", edited.ref)
    delete_record(actor=alice, record=past("deleted since"))  # in work, nothing planned, quiet
    delete_record(actor=alice, record=past("lost before, deleted since", closed=50))

    Deal.objects.filter(title="lost before, deleted since").update(stage=stage("deal_lost"))
    shown = figures(alice, "forgotten", "of=deal&quiet=14")
    assert {str(one.label): one.before.value for one in shown.stats if one.before} == {
        "In work": 10,
        "Without a next step": 8,
        "Next step overdue": 1,
        "Unchanged for 14 days": 7,
    }
    assert "for the people, filter and rights of today" in notes(shown)
    of_need = figures(alice, "forgotten", f"of=deal&quiet=14&stage={stage('need').pk}")
    assert stat(of_need, "In work").before.value == 1, "those that stood there then"


def test_the_forecast_says_what_its_plan_is_of(portal: Portal, alice: User) -> None:
    today = timezone.localdate()
    set_goals(actor=alice, year=today.year, pipeline=None, amounts={(alice.pk, today.month): "1000"})
    sold(alice, 100)
    assert "whole months" not in notes(figures(alice, "forecast", "period=this_month"))
    own = f"period=own&from={today.replace(day=2)}&to={today.replace(day=3)}"
    assert "whole months" in notes(figures(alice, "forecast", own))
    assert "other conditions" in notes(figures(alice, "forecast", "period=this_month&source=call"))
    before = sold(alice, 60)
    month = today.replace(day=1) - timedelta(days=1)
    Deal.objects.filter(pk=before.pk).update(
        closed_at=timezone.now().replace(month=month.month, year=month.year, day=1)
    )
    assert stat(figures(alice, "forecast", "period=this_month"), "Won").before.value == 60
    record(alice, DEAL, title="Later", closes_on=(today.replace(day=1) + timedelta(days=40)).replace(day=1).isoformat())
    assert stat(figures(alice, "forecast", "period=next_month"), "Won").before is None
    Goal.objects.update(currency="KZT")
    shown = figures(alice, "forecast", "period=this_month")
    assert (stat(shown, "Plan").cell.value, "KZT" in notes(shown)) == (0, True)


def test_receivables_stand_beside_those_of_a_month_ago(portal: Portal, alice: User) -> None:
    Invoice.objects.all().delete()
    today = timezone.localdate()
    bills = []
    for amount in ("100", "40"):
        deal = record(alice, DEAL, title=f"Oak {amount}", amount=amount)
        set_rows(actor=alice, record=deal, rows=[{"title": "Oak", "price": amount, "vat_rate": None}])
        bills.append(issue_invoice(actor=alice, invoice=make_document(actor=alice, kind=INVOICE, source=deal)))
    old, new = bills
    Invoice.objects.filter(pk=old.pk).update(issued_on=today - timedelta(days=70), due_on=today - timedelta(days=60))
    old.refresh_from_db()
    record_payment(actor=alice, invoice=old, amount="30", paid_on=today)
    total = Invoice.objects.filter(pk__in=[old.pk, new.pk]).values_list("total", flat=True)
    shown = stat(figures(alice, "receivables"), "Still to come")
    assert (shown.cell.value, shown.before.value) == (sum(total) - 30, old.total)
    late = stat(figures(alice, "receivables"), "Overdue by now")
    assert (late.cell.value, late.before.value) == (old.total - Decimal(30), old.total)
    assert Payment.objects.filter(invoice=old).count() == 1


def test_the_middle_of_first_answers_is_the_middle(portal: Portal, alice: User, bob: User) -> None:
    """Whatever the answers took, also exactly as long as a limit, a moment, or nearly a year."""
    field = add_field(
        actor=alice, kind=LEAD, design=FieldDesign(name="Colours", type="choices", options=["red", "blue"])
    )
    options = {option.name: option.pk for option in field.options.all()}
    Lead.objects.all().delete()
    came, dice = timezone.now() - timedelta(minutes=1), random.Random(7)
    leads = [lead(alice, title=f"Lead {number}") for number in range(7)]
    odd = [300, 900, 3600, 86400, 0, 20, 86401, 899.999999, 3e7, 5e7]
    for _round in range(5):
        took: dict[str, list[timedelta]] = {}
        for made in leads:
            seconds = dice.choice([None, dice.choice(odd), dice.expovariate(1 / 600), dice.uniform(0, 2e6)])
            span = None if seconds is None else timedelta(seconds=round(seconds, 6))
            made.created_at, made.answered_at = came, None if span is None else came + span
            made.responsible = dice.choice([alice, bob])
            made.custom = {field.key: dice.sample(list(options.values()), dice.randint(1, 2))}
            for name in (
                made.responsible.display_name,
                *(n for n, pk in options.items() if pk in made.custom[field.key]),
            ):
                took.setdefault(name, []).extend([] if span is None else [span])
            took.setdefault("", []).extend([] if span is None else [span])
        Lead.objects.bulk_update(leads, ["created_at", "answered_at", "responsible", "custom"])
        for by in ("responsible", field.key):
            shown = figures(alice, "response", f"by={by}&period=this_year")
            found = {name: line[1] for name, line in lines(shown, 1).items()}
            found[""] = stat(shown, "Half are answered within").cell.value
            assert found == {name: near(median(took[name])) if took[name] else None for name in found}
            average = stat(shown, "On average").cell.value
            assert average is None or abs(average - sum(took[""], timedelta()) / len(took[""])) < timedelta(
                seconds=0.001
            )
            known = {name: sum(1 for span in took[""] if low < span <= high) for name, low, high in LIMITS}
            assert {name: line[0] for name, line in lines(shown).items() if name in known} == known


def near(span: timedelta) -> Any:
    return pytest.approx(span, abs=timedelta(milliseconds=1))


LIMITS = [
    (name, timedelta(seconds=low), timedelta(seconds=high))
    for name, low, high in (
        ("within 5 minutes", -1, 300),
        ("within 15 minutes", 300, 900),
        ("within an hour", 900, 3600),
        ("within a day", 3600, 86400),
        ("later", 86400, 1e9),
    )
]


@pytest.mark.parametrize(("source", "query"), [("lost", "of=deal"), ("response", ""), ("team", "")])
def test_headline_figures_have_those_of_the_period_before(portal: Portal, alice: User, source: str, query: str) -> None:
    deal = record(alice, DEAL, title="Oak", amount=10)
    move_record(actor=alice, record=deal, stage=stage("deal_lost"))
    plan_activity(actor=alice, record=deal, plan=Plan(kind="call", due_at=timezone.now()), done=True)
    lead(alice)
    shown = figures(alice, source, query)
    assert [str(one.label) for one in shown.stats if one.before is None] == (
        ["Not answered yet"] if source == "response" else []
    )
