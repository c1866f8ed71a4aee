"""Kept reports: saved, shared, pinned, mailed; the plan; files; and what a reader without rights gets."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core.mail import EmailMessage
from django.http import QueryDict
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from infra.db.current import enter
from infra.kit.spec import Scope
from modules.crm.domain.access import pipelines
from modules.crm.domain.field_rights import set_field_rights
from modules.crm.domain.goal import plan_for, set_goals
from modules.crm.domain.kinds import DEAL
from modules.crm.domain.record import move_record
from modules.crm.domain.reports.mailing import next_moment
from modules.crm.domain.reports.period import PERIODS, period_of
from modules.crm.jobs.reports import mail_report, mail_reports
from modules.crm.models import Goal, PinnedReport, Report, ReportMailing
from tenants.people.domain.role import create_role
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record
from tests.support.clients import signed_in, with_token


def _sold(alice: User, title: str = "Oak table", **values: object) -> object:
    deal = record(alice, DEAL, title=title, **{"amount": 100, "source": "call", **values})
    won = next(stage for stage in pipelines(DEAL)[0].stages.all() if stage.kind == "won")
    return move_record(actor=alice, record=deal, stage=won)


def _save(client: Client, name: str = "Mine", **more: str) -> Report:
    answer = client.post("/crm/reports/sales/save/", {"name": name, "query": "by=source&period=this_year", **more})
    assert answer.status_code == 302, answer.content[:300]
    return Report.objects.get(name=name)


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)), st.sampled_from([key for key in PERIODS if key != "own"]))
def test_periods_lie_side_by_side(today: date, key: str) -> None:
    period = period_of(key, today)
    before = period.before
    assert period.first <= period.last
    assert before is not None
    assert before.last < period.first
    assert before.first <= before.last
    if key.startswith("this"):
        assert period.first <= today <= period.last
        running = (today - period.first).days
        assert (before.last - before.first).days <= max(running, (period.last - period.first).days + 3)
    else:
        assert before.last == period.first - timedelta(days=1)
        assert period.last < today


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)), st.integers(1, 28), st.integers(0, 23))  # noqa: DTZ001
def test_mail_goes_on_its_day_at_its_hour(after: datetime, day: int, hour: int) -> None:
    zone, now = ZoneInfo("Europe/Warsaw"), after.replace(tzinfo=UTC)
    monthly = next_moment("month", day, hour, now, zone).astimezone(zone)
    assert (monthly.day, monthly > now) == (day, True)
    weekday = day % 7 + 1
    weekly = next_moment("week", weekday, hour, now, zone).astimezone(zone)
    assert (weekly.isoweekday(), weekly > now, weekly - now <= timedelta(days=8)) == (weekday, True, True)


def test_a_kept_report_is_its_makers_until_it_is_shared(portal: Portal, alice: User, bob: User) -> None:
    hers, his = signed_in(alice), signed_in(bob)
    with enter(portal):
        _sold(alice)
        kept = _save(hers)
        assert his.get(f"/crm/reports/saved/{kept.pk}/").status_code == 404
        assert his.post("/crm/reports/sales/save/", {"name": "His", "shared": "1"}).status_code == 403
        assert not Report.objects.filter(name="His").exists()
        _save(hers, shared="1", report=str(kept.pk))
        answer = his.get(f"/crm/reports/saved/{kept.pk}/", follow=True)
        assert answer.status_code == 200
        assert answer.context["figures"].empty  # the deal is hers, he sees his own alone
        assert his.post(f"/crm/reports/saved/{kept.pk}/remove/").status_code == 403
        assert Report.objects.filter(pk=kept.pk).exists()
        assert his.post(f"/crm/reports/saved/{kept.pk}/pin/", {"pinned": "1"}).status_code == 302
        assert f"/crm/reports/saved/{kept.pk}/tile/" in his.get("/").content.decode()
        assert his.get(f"/crm/reports/saved/{kept.pk}/tile/").status_code == 200
        assert hers.post(f"/crm/reports/saved/{kept.pk}/remove/").status_code == 302
        assert not PinnedReport.objects.exists()


def test_a_report_is_mailed_to_each_with_what_they_may_see(
    portal: Portal, alice: User, bob: User, letters: list[EmailMessage]
) -> None:
    hers, his = signed_in(alice), signed_in(bob)
    with enter(portal):
        _sold(alice, amount=7654)
        kept = _save(hers, shared="1")
        form = {"every": "week", "weekday": "1", "monthday": "1", "hour": "8"}
        assert his.post(f"/crm/reports/saved/{kept.pk}/mail/", {**form, "people": [str(alice.pk)]}).status_code == 422
        answer = hers.post(f"/crm/reports/saved/{kept.pk}/mail/", {**form, "people": [str(alice.pk), str(bob.pk)]})
        assert answer.status_code == 302
        mailing = ReportMailing.objects.get()
        ReportMailing.objects.update(next_at=mailing.next_at - timedelta(days=8))
        mail_reports.run()
        assert ReportMailing.objects.get().next_at > mailing.next_at - timedelta(days=8)
        for person in (alice, bob):
            mail_report.run(mailing.pk, person.pk)
        told = {letter.to[0]: letter.body for letter in letters}
        assert "7,654" in told[alice.email]
        assert "7,654" not in told[bob.email]
        assert his.post(f"/crm/reports/saved/{kept.pk}/mail/", {**form, "people": [str(bob.pk)]}).status_code == 302
        _save(hers)
        mail_report.run(ReportMailing.objects.get(author=bob).pk, bob.pk)
        assert len(letters) == 2, "what is shared no more is mailed to its maker's readers alone"
        User.objects.filter(pk=alice.pk).update(is_active=False)
        mail_report.run(mailing.pk, bob.pk)
        assert len(letters) == 2, "whoever sends it has left: nobody else could stop it"
        User.objects.filter(pk=alice.pk).update(is_active=True, role=bob.role)
        mail_report.run(mailing.pk, bob.pk)
        mail_report.run(mailing.pk, alice.pk)
        assert [letter.to for letter in letters[2:]] == [[alice.email]], "who manages reports no more has their own"


def test_a_hidden_amount_is_in_no_report(portal: Portal, alice: User, bob: User) -> None:
    with enter(portal):
        deal = record(bob, DEAL, title="Oak table", amount=7654)
        assert "7,654" in signed_in(bob).get("/crm/reports/forgotten/?quiet=0").content.decode() or deal
        set_field_rights(actor=alice, kind=DEAL, field="amount", rights={bob.role_id: "hidden"})
        his = signed_in(bob)
        for page in (
            "funnel/",
            "forecast/",
            "sales/",
            "lost/",
            "forgotten/?quiet=1",
            "team/",
            "built/?measure=amount.sum",
        ):
            answer = his.get(f"/crm/reports/{page}")
            assert answer.status_code == 200
            assert "7,654" not in answer.content.decode()
        assert answer.context["building"]["measures"][0][0][0] == "count"
        assert not any(key.startswith("amount") for key, _title, _on in answer.context["building"]["measures"][0])


def test_files_hold_the_figures_and_no_formula(portal: Portal, alice: User, bob: User) -> None:
    with enter(portal):
        _sold(alice, source="email")
        deal = _sold(alice, title="Second")
        type(deal).objects.filter(pk=deal.pk).update(marks={"utm_source": "=1+1"})
        answer = signed_in(alice).get("/crm/reports/sales/?by=channel&export=csv")
        body = b"".join(answer.streaming_content).decode()
        assert "'=1+1,1,100.00" in body
        assert signed_in(alice).get("/crm/reports/sales/?export=xlsx").status_code == 200
        assert signed_in(bob).get("/crm/reports/sales/?export=csv").status_code == 403


def test_the_plan_is_entered_whole_or_not_at_all(portal: Portal, alice: User, bob: User) -> None:
    hers, year = signed_in(alice), date.today().year  # noqa: DTZ011
    with enter(portal):
        page = f"/crm/reports/goals/?year={year}"
        assert signed_in(bob).get(page).status_code == 403
        wrong = hers.post(page, {f"{bob.pk}-1": "1 000", f"{bob.pk}-2": "many"})
        assert wrong.status_code == 422
        assert 'value="many"' in wrong.content.decode()
        assert not Goal.objects.exists()
        assert hers.post(page, {f"{bob.pk}-1": "1 000", f"{alice.pk}-1": "500", "all-2": "9000"}).status_code == 302
        january, february = date(year, 1, 1), date(year, 2, 1)
        plan = plan_for(alice, [january, february])
        assert (plan.whole(january), plan.whole(february)) == (Decimal(1500), Decimal(9000))
        own = plan_for(bob, [january, february])
        assert (own.whole(january), own.whole(february)) == (Decimal(1000), Decimal(0))
        assert set_goals(actor=alice, year=year, pipeline=None, amounts={(bob.pk, 1): ""}) == 1
        assert Goal.objects.count() == 2


def test_queries_do_not_grow_with_rows(portal: Portal, alice: User, django_assert_num_queries: object) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    hers = signed_in(alice)
    pages = ("funnel/", "sales/", "forecast/", "team/", "lost/", "forgotten/?quiet=1", "response/", "built/?by=source")
    with enter(portal):
        _sold(alice)
        assert hers.get("/crm/reports/").status_code == 200  # what a process learns once is asked before
        assert hers.get("/crm/reports/funnel/").status_code == 200
        counts = []
        for _round in range(2):
            found = []
            for page in pages:
                with CaptureQueriesContext(
                    connection,
                ) as context:
                    assert hers.get(f"/crm/reports/{page}").status_code == 200
                found.append(len(context))
            counts.append(found)
            for number in range(3):
                _sold(alice, title=f"More {number}")
        assert counts[0] == counts[1]


def test_programs_run_kept_reports(portal: Portal, alice: User, bob: User) -> None:
    program = with_token(alice)
    with enter(portal):
        _sold(alice)
        body = {"name": "By source", "source": "sales", "query": "by=source"}
        made = program.post(
            "/api/v1/reports",
            body,
            content_type="application/json",
        )
        assert made.status_code == 201, made.content
        pk = made.json()["id"]
        answer = program.get(f"/api/v1/reports/{pk}/run").json()
        assert answer["tables"][0]["rows"][0][2]["value"] == "100.00"
        url = answer["tables"][0]["rows"][0][1]["url"]
        assert QueryDict(url.partition("?")[2])["source"] == "call"
        assert with_token(bob).get(f"/api/v1/reports/{pk}/run").status_code == 404


def test_programs_run_reports_that_nobody_keeps(portal: Portal, alice: User, bob: User) -> None:
    program, address = with_token(alice), "/api/v1/reports/figures"
    with enter(portal):
        _sold(alice)
        made = {"name": "Own", "source": "built", "query": "by=source&measure=amount.sum"}
        pk = program.post("/api/v1/reports", made, content_type="application/json").json()["id"]
        kept = program.get(f"/api/v1/reports/{pk}/run").json()
        kept.pop("report")
        figures = program.get(f"{address}/built?by=source&measure=amount.sum").json()
        assert figures == kept
        assert figures["tables"][0]["rows"]
        assert program.get(f"{address}/nothing").status_code == 404
        odd = {
            "by": "\0",
            "measure": "x" * 5000,
            "period": "own",
            "from": "9999-99-99",
            "of": "lead",
            "amount_min": "x",
        }
        assert program.get(f"{address}/built", odd).status_code < 500
        set_field_rights(actor=alice, kind=DEAL, field="amount", rights={bob.role_id: "hidden"})
        assert "100" not in with_token(bob).get(f"{address}/built?measure=amount.sum").content.decode()
        none = {f"crm.{kind}.view": Scope.NONE for kind in ("lead", "deal", "invoice", "product")}
        role = create_role(actor=alice, name="None", base="employee", permissions=none)
        User.objects.filter(pk=bob.pk).update(role=role)
        assert with_token(bob).get(f"{address}/sales").status_code in (403, 404)
