"""Reports through their pages: every figure is what the list behind it shows, and only of what one may see."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from infra.db.current import enter
from modules.crm.domain.access import pipelines
from modules.crm.domain.activity import Plan, comment_on, plan_activity
from modules.crm.domain.goal import set_goals
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, INVOICE, LEAD, PRODUCT
from modules.crm.domain.record import assign_record, move_record
from modules.crm.domain.reports import size
from modules.crm.domain.selling.document_making import make_document
from modules.crm.domain.selling.document_status import issue_invoice
from modules.crm.models import Deal, Invoice, Lead, LostReason, ProductRow
from modules.crm.models.choices import InvoiceStatus
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.lead import lead
from tests.factories.record import record
from tests.support.clients import signed_in as as_

pytestmark = pytest.mark.long

SOURCES = ("call", "email", "referral")
WAYS = ("need", "offer", "agreed", "deal_won", "deal_lost", "")
PAGES = (
    "funnel/?period=this_year",
    "funnel/?period=this_year&of=lead&by=source",
    "funnel/?period=this_year&by=created_at.month",
    "forecast/?period=this_year",
    "sales/?period=this_year&by=source",
    "sales/?period=this_year&by=closed_at.month",
    "sales/?period=this_year&by=client",
    "sales/?period=this_year&by=channel",
    "sales/?period=this_year&by=product",
    "team/?period=this_year",
    "receivables/",
    "receivables/?status=overdue",
    "lost/?period=this_year",
    "lost/?period=this_year&of=lead",
    "forgotten/?quiet=1",
    "forgotten/?of=lead",
    "response/?period=this_year",
    "response/?period=this_year&by=source",
    "built/?by=source&measure=count&measure=amount.sum&measure=amount.median",
    "built/?by=responsible&then=kind&measure=count",
    "built/?by=created_at.week&then=source&measure=amount.sum&chart=line&when=created_at&period=this_year",
    "built/?of=contact&by=created_at.month",
    "built/?of=company&by=industry",
    "built/?of=lead&by=stage&then=channel",
)


@pytest.fixture
def company(portal: Portal, alice: User, bob: User) -> Portal:
    """A year of leads and deals, some of each in every state, of two people."""
    with enter(portal):
        stages = {stage.preset: stage for stage in pipelines(DEAL)[0].stages.all()}
        lead_stages = {stage.preset: stage for stage in pipelines(LEAD)[0].stages.all()}
        reasons = list(LostReason.objects.order_by("pk")[:2])
        now = timezone.now()
        for number in range(18):
            source = SOURCES[number % 3]
            deal = record(alice, DEAL, title=f"Deal {number}", amount=100 + number, source=source)
            if number % 5 == 0:
                assign_record(actor=alice, record=deal, responsible_id=bob.pk)
            way = WAYS[number % len(WAYS)]
            if way:
                reason = reasons[number % 2].pk if way == "deal_lost" and number % 4 else None
                move_record(actor=alice, record=deal, stage=stages["offer"])
                move_record(actor=alice, record=deal, stage=stages[way], lost_reason_id=reason)
            at = now - timedelta(days=number * 3)
            Deal.objects.filter(pk=deal.pk).update(
                created_at=at, updated_at=at, closes_on=at.date() if number % 4 else None
            )
            Deal.objects.filter(pk=deal.pk, closed_at__isnull=False).update(closed_at=at)
            if number % 3 == 0:
                plan = Plan(kind="call" if number % 2 else "meeting", due_at=now - timedelta(hours=number))
                plan_activity(actor=(alice, bob)[number % 5 == 0], record=deal, plan=plan, done=number % 6 == 0)
            made = lead(alice, title=f"Lead {number}", source=source, amount=50)
            if number % 2:
                comment_on(actor=alice, record=made, text="Called")
                move_record(actor=alice, record=made, stage=lead_stages[("in_work", "won", "lost")[number % 3]])
            marks = {"utm_source": "google"} if number % 4 == 0 else {}
            Lead.objects.filter(pk=made.pk).update(created_at=now - timedelta(minutes=number * 40), marks=marks)
        record(alice, CONTACT, first_name="Ann")
        record(alice, COMPANY, name="Mill", industry="food")
        cake = record(alice, PRODUCT, title="Cake")
        for number, deal in enumerate(Deal.objects.order_by("pk")[:6]):
            ProductRow.objects.create(deal=deal, product=cake, title="Cake", price=7, net=7, total=7)
            bill = issue_invoice(actor=alice, invoice=make_document(actor=alice, kind=INVOICE, source=deal))
            Invoice.objects.filter(pk=bill.pk).update(due_on=timezone.localdate() - timedelta(days=number * 25 - 10))
        late = Invoice.objects.filter(due_on__lt=timezone.localdate(), status=InvoiceStatus.SENT)
        late.update(status=InvoiceStatus.OVERDUE)
        year = timezone.localdate().year
        set_goals(actor=alice, year=year, pipeline=None, amounts={(alice.pk, 1): "1000", (None, 2): "5000"})
    return portal


def _cells(page: str) -> list[tuple[str, str]]:
    """(address, what stands there) of every figure with a list behind it."""
    found = re.findall(r'<a href="(/crm/[^"]*\?[^"]*)"\s*(?:class="crm-warn")?\s*>([^<]*)</a>', page)
    stats = re.findall(r'<a class="ui-stat[^"]*" href="([^"]*)"><dl[^>]*><dt>[^<]*</dt><dd>([^<]*)</dd>', page)
    return [(unescape(url), unescape(text)) for url, text in [*found, *stats]]


def _listed(client: Client, url: str) -> tuple[int, Decimal]:
    """How many records the list shows, and the sum of their amounts."""
    answer = client.get(url)
    assert answer.status_code == 200, url
    rows = answer.context["list"].filtered()
    filterset = answer.context["list"].filterset
    assert filterset is None or filterset.form.is_valid(), (url, filterset.form.errors)
    return rows.count(), sum((_worth(row) for row in rows), Decimal(0))


def _worth(row: Any) -> Decimal:
    return Decimal(row.open_amount if hasattr(row, "open_amount") else getattr(row, "amount", 0))


def test_every_figure_is_what_its_list_shows(company: Portal, alice: User, bob: User) -> None:
    for person in (alice, bob):
        client, known = as_(person), {}
        for address in (*PAGES, f"team/?period=this_year&responsible={bob.pk}"):
            answer = client.get(f"/crm/reports/{address}")
            assert answer.status_code == 200, address
            cells = _cells(answer.content.decode())
            for url, text in cells:
                if url not in known:
                    known[url] = _listed(client, url)
                number, total = known[url]
                figure = Decimal(re.sub(r"[^\d.]", "", text) or "0")
                assert figure in (number, total.quantize(Decimal(1)), total), (address, url, text, number, total)
        assert len(known) > 20 or person == bob, len(known)


def test_figures_of_many_records_come_after_the_page(
    portal: Portal, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(alice, DEAL, title="Oak", amount="100")
    monkeypatch.setattr(size, "MANY", -1)
    client, year = as_(alice), "/crm/reports/funnel/?period=this_year"
    page = client.get(year)
    assert f'hx-get="{year}"' in page.content.decode()
    assert "figures" not in page.context
    assert client.get(year, headers={"HX-Request": "true", "HX-Target": "crm-report"}).context["figures"].stats
    assert client.get(f"{year}&part=now").context["figures"].stats
    assert client.get("/crm/reports/funnel/?period=this_week").context["figures"].stats
    waiting = "/crm/reports/forgotten/"
    page = client.get(waiting)
    assert {one.before for one in page.context["figures"].stats} == {None}
    assert f'hx-get="{waiting}"' in page.content.decode()
    later = client.get(waiting, headers={"HX-Request": "true", "HX-Target": "crm-report"})
    assert None not in {one.before for one in later.context["figures"].stats}
    assert f'hx-get="{waiting}"' not in later.content.decode()
