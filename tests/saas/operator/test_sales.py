"""The operator sells: previews of a plan, packs, promotion codes, money given back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.test import Client

from billing.contracts import PaymentDisputed
from billing.domain import catalogue, checkout, wallet
from billing.models import (
    AddOnVersion,
    BoughtAddOn,
    Dispute,
    InvoiceCopy,
    Kind,
    Plan,
    PlanVersion,
    Posting,
    PromoCode,
    Subscription,
)
from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.local.payments import disputes
from infra.local.payments.server import StandIn
from infra.outbox.models import OutboxEvent
from infra.ui.models import Notification
from saas.operator import receivers
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.billing.conftest import Shop

As = Callable[[User], Client]
PLAN = "/operator/plans/company/"


def test_before_a_plan_changes_it_is_said_whom_it_would_touch(as_: As, oscar: User, acme: Portal) -> None:
    with enter(acme):
        from billing.domain import memory, usage

        usage.review(memory.entitlements(acme.schema_name), acme.schema_name)
    operator = as_(oscar)
    page = operator.get("/operator/plans/company/")
    form = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    form |= {"note": "Smaller", "limits.people.seats": "2", "prices.EUR": "111"}

    shown = operator.post("/operator/plans/company/", form).content.decode()

    assert "unlimited → <b>2</b>" in shown
    assert "1 company on this plan uses more:" in shown
    assert "Acme" in shown
    assert "2 portals keep version 1." in shown
    assert PlanVersion.objects.filter(plan__slug="company").count() == 1


def test_what_was_not_shown_is_not_published(as_: As, oscar: User) -> None:
    operator = as_(oscar)
    form = {name: value for name, value in operator.get(PLAN).context["form"].initial.items() if value is not None}
    form |= {"note": "A year is dearer", "year_months": "11", "limits.portals.disk_bytes": "1,5 TB", "titles.en": "All"}

    page = operator.post(PLAN, {**form, "publish": "yes"})

    shown = page.content.decode()
    assert "1\xa0TB → <b>1.5\xa0TB</b>" in shown
    assert "Months that a year costs: 10 → <b>11</b>" in shown
    assert "Name (English): Company → <b>All</b>" in shown
    seen = {**form, "publish": "yes", "shown": page.context["shown"]}
    assert operator.post(PLAN, {**seen, "prices.USD": "1"}).status_code == 200  # another price than was looked at
    assert PlanVersion.objects.filter(plan__slug="company").count() == 1
    assert operator.post(PLAN, {**form, "limits.portals.disk_bytes": "much"}).status_code == 422

    assert operator.post(PLAN, seen).status_code == 302
    made = PlanVersion.objects.get(plan__slug="company", number=2)
    assert (made.limits["portals.disk_bytes"], made.year_months, made.titles["en"]) == (1_649_267_441_664, 11, "All")


def test_a_plan_is_added_and_taken_off_sale(as_: As, oscar: User, acme: Portal) -> None:
    operator = as_(oscar)
    page = operator.get("/operator/plans/team/copy/")
    form = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    form |= {"slug": "team-plus", "note": "Between", "titles.en": "Team plus", "prices.USD": "79"}
    assert operator.post("/operator/plans/team/copy/", {**form, "slug": "free"}).status_code == 422
    assert operator.post("/operator/plans/team/copy/", form).status_code == 302
    assert [one.plan.slug for one in catalogue.plans_on_sale()] == ["free", "project", "team", "team-plus", "company"]

    assert operator.post("/operator/plans/team-plus/sale/", {}).status_code == 302
    assert "team-plus" not in [one.plan.slug for one in catalogue.plans_on_sale()]
    assert "not on sale" in operator.get("/operator/plans/").content.decode()
    assert operator.post("/operator/plans/free/sale/", {}).status_code == 422  # portals fall back to it
    assert operator.post("/operator/plans/company/sale/", {"on_sale": "on", "trial_days": "0"}).status_code == 422
    assert operator.post("/operator/plans/company/sale/", {"on_sale": "on", "trial_days": "14"}).status_code == 302
    assert Plan.objects.get(slug="company").trial_days == 14
    with enter(Portal.objects.get(is_operator=True)):
        assert AuditEntry.objects.filter(action="billing.plan.sale").count() == 2


def test_a_pack_is_changed_as_a_new_version(as_: As, oscar: User, acme: Portal) -> None:
    BoughtAddOn.objects.create(portal=acme, version=AddOnVersion.objects.get(addon__slug="people-10"), quantity=2)
    operator = as_(oscar)
    page = operator.get("/operator/packs/people-10/")
    form = {name: value for name, value in page.context["form"].initial.items() if value not in (None, False)}
    wanted = {**form, "prices.USD": "13", "on_sale": "on"}
    page = operator.post("/operator/packs/people-10/", {**wanted, "publish": "yes"})  # not seen yet: shown first
    assert "$12 → <b>$13</b>" in page.content.decode()
    assert "1 portal keeps version 1." in page.content.decode()
    seen = {**wanted, "publish": "yes", "shown": page.context["shown"]}
    assert operator.post("/operator/packs/people-10/", {**seen, "prices.USD": "14"}).status_code == 200
    assert AddOnVersion.objects.filter(addon__slug="people-10").count() == 1

    assert operator.post("/operator/packs/people-10/", seen).status_code == 302
    assert [version.prices["USD"] for version in AddOnVersion.objects.filter(addon__slug="people-10")] == ["13", "12"]
    assert operator.post("/operator/packs/people-10/", {**form, "prices.USD": "dear"}).status_code == 422


def test_a_code_is_made_used_and_ended(as_: As, oscar: User, stripe: StandIn) -> None:
    operator = as_(oscar)
    wrong = operator.post("/operator/codes/", {"code": "x", "currency": "USD"})
    assert wrong.status_code == 422
    operator.post("/operator/codes/", {"code": "welcome", "percent": "25", "currency": "USD", "months": "3"})
    code = PromoCode.objects.get()
    assert (code.code, code.percent, code.months) == ("WELCOME", 25, 3)
    assert stripe.state.get("promotion_code", code.promotion)["code"] == "WELCOME"
    operator.post("/operator/codes/", {"end": str(code.pk)})
    assert not stripe.state.get("promotion_code", code.promotion)["active"]
    assert "ended" in operator.get("/operator/codes/").content.decode()


def test_money_goes_back_once_and_never_more_than_came(shop: Shop, as_: As, oscar: User) -> None:
    shop.buy("team")
    paid = InvoiceCopy.objects.get(portal=shop.portal)
    operator, path = as_(oscar), f"/operator/portals/{shop.portal.pk}/payments/"
    give = {"invoice": str(paid.pk), "amount": "9.00", "reason": "a day without service"}

    assert operator.post(path, {**give, "amount": "60"}).status_code == 422
    shop.stripe.faults = ["drop"]  # Stripe acts, the answer is lost
    assert operator.post(path, give).status_code in (422, 503)
    assert operator.post(path, give).status_code == 302

    shop.tell()
    paid.refresh_from_db()
    assert (paid.refunded, len(shop.stripe.state.all("refund"))) == (900, 1)
    operator.post(path, {**give, "amount": ""})
    paid.refresh_from_db()
    assert paid.refunded == 5900
    assert "given back" in operator.get(path).content.decode()


def test_a_top_up_is_given_back_as_far_as_it_is_free(shop: Shop, as_: As, oscar: User) -> None:
    page = checkout.start_top_up(actor=shop.owner, portal_id=shop.portal.pk, amount=Decimal(5), return_url="http://x/")
    shop.stripe.complete_checkout(page.rsplit("/", 1)[1])
    shop.tell()
    posting = Posting.objects.get(portal_id=shop.portal.pk, kind=Kind.TOP_UP)
    operator, path = as_(oscar), f"/operator/portals/{shop.portal.pk}/payments/"
    give = {"top_up": str(posting.pk), "amount": "", "reason": "unused"}

    assert operator.post(path, {**give, "amount": "5.01"}).status_code == 422
    assert operator.post(path, give).status_code == 302
    assert operator.post(path, give).status_code == 422
    assert operator.post(path, {**give, "top_up": str(10**9)}).status_code == 404
    assert wallet.balance(shop.portal.pk) == 0
    assert "$5.00 given back" in operator.get(path).content.decode()


def test_a_disputed_plan_is_seen_and_can_be_settled_otherwise(shop: Shop, as_: As, oscar: User, house: Portal) -> None:
    shop.buy("team")
    payment = shop.stripe.state.get("payment_intent", InvoiceCopy.objects.get(portal=shop.portal).payment)
    disputes.decide(shop.stripe.state, disputes.open_dispute(shop.stripe.state, payment), "lost")
    shop.tell()
    with enter(house):
        told = OutboxEvent.objects.filter(name="billing.payment_disputed").values_list("payload", flat=True)
        assert list(told) == [{"portal_id": shop.portal.pk, "amount": "$59.00", "over": True, "taken": True}]
        receivers.payment_disputed(PaymentDisputed(**told[0]), delivery=None)
        assert Notification.objects.get(person_id=oscar.pk).url == "/operator/card-payments/"
    operator = as_(oscar)
    page = operator.get("/operator/card-payments/").content.decode()
    assert "$59.00" in page
    assert "says: not by me" in page
    row = Dispute.objects.get(portal=shop.portal)
    assert Subscription.objects.get(portal=shop.portal).unpaid_since is not None
    assert as_(shop.owner).post(f"/operator/card-payments/disputes/{row.pk}/").status_code == 403
    for _click in range(2):
        assert operator.post(f"/operator/card-payments/disputes/{row.pk}/").status_code == 302
    assert Subscription.objects.get(portal=shop.portal).unpaid_since is None
    with enter(shop.portal):
        assert AuditEntry.objects.filter(action="billing.dispute.settle").count() == 1
    assert "settled otherwise" in operator.get("/operator/card-payments/").content.decode()
    assert "Give money back" not in operator.get(f"/operator/portals/{shop.portal.pk}/payments/").content.decode()
