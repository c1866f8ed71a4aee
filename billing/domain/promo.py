"""Promotion codes: made by the operator, checked before Checkout, counted when they were used."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from billing.domain import operation
from billing.domain.currency import CURRENCIES, is_payable
from billing.models import PromoCode, PromoUse
from infra.adapters.payments import get_payments, major, minor
from infra.kit.access import Actor
from infra.kit.errors import Invalid
from tenants.portals.models import Portal


def make_code(
    *,
    actor: Actor,
    portal: Portal,
    code: str,
    percent: Decimal | None = None,
    amount: Decimal | None = None,
    currency: str = "",
    months: int | None = None,
    most: int | None = None,
    expires_at: datetime | None = None,
    note: str = "",
) -> PromoCode:
    """A new code, known to Stripe too. `portal` is the operator's own. Raises Invalid, what calls to Stripe raise."""
    name = code.strip().upper()
    errors: dict[str, list[str]] = {}
    if not (3 <= len(name) <= 40 and name.replace("-", "").isalnum() and name.isascii()):
        errors["code"] = [_("3 to 40 Latin letters, digits and hyphens.")]
    elif PromoCode.objects.filter(code=name).exists():
        errors["code"] = [_("There is such a code already.")]
    if (percent is None) == (amount is None):
        errors["percent"] = [_("Give either a percentage or an amount.")]
    elif percent is not None and not 0 < percent <= 100:
        errors["percent"] = [_("More than 0, at most 100.")]
    elif amount is not None and (amount <= 0 or currency not in CURRENCIES or not is_payable(amount, currency)):
        errors["amount"] = [_("Give an amount and its currency.")]
    if months is not None and months < 1:
        errors["months"] = [_("At least one month; empty for good.")]
    if expires_at is not None and expires_at <= datetime.now(UTC):
        errors["expires"] = [_("Choose a moment that lies ahead.")]
    if errors:
        raise Invalid(fields=errors)
    result = operation.perform(
        portal_id=portal.pk,
        kind="promo",
        cause=name,
        by=actor.display_name,
        call=lambda key: {
            "promotion": get_payments().create_promotion(
                key=key,
                code=name,
                percent=percent,
                amount=minor(amount, currency) if amount is not None else None,
                currency=currency,
                months=months,
                most=most,
                expires_at=expires_at,
            )
        },
    )
    return PromoCode.objects.create(
        code=name,
        percent=percent,
        amount=amount,
        currency=currency if amount is not None else "",
        months=months,
        most=most,
        expires_at=expires_at,
        promotion=result["promotion"],
        note=note[:300],
        made_by=actor.display_name[:200],
    )


def end_code(*, actor: Actor, portal: Portal, code: PromoCode) -> None:
    """Nobody can use it any more; who has used it keeps it."""

    def end(key: str) -> operation.Result:
        get_payments().end_promotion(key=key, promotion=code.promotion)
        return {}

    operation.perform(portal_id=portal.pk, kind="promo-end", cause=code.code, call=end, by=actor.display_name)
    PromoCode.objects.filter(pk=code.pk, ended_at__isnull=True).update(ended_at=datetime.now(UTC))


def check(*, code: str, portal: Portal, currency: str) -> PromoCode:
    """The code, if this portal may use it now. Raises Invalid with the reason at the field `code`."""
    found = PromoCode.objects.filter(code=code.strip().upper()).first()
    reason = ""
    if found is None:
        reason = _("There is no such code.")
    elif found.ended_at is not None or (found.expires_at is not None and found.expires_at <= datetime.now(UTC)):
        reason = _("This code is no longer valid.")
    elif found.currency and found.currency != currency:
        reason = _("This code is for another currency.")
    elif PromoUse.objects.filter(promo=found, portal=portal).exists():
        reason = _("Your company has used this code already.")
    elif found.most is not None and found.uses.count() >= found.most:
        reason = _("This code has been used up.")
    if found is None or reason:
        raise Invalid(fields={"code": [reason]})
    return found


def discounted(price: Decimal, code: PromoCode, currency: str) -> Decimal:
    """What is left of `price` in the first period: as Stripe does, what comes off is rounded, halves up."""
    off = code.amount if code.amount is not None else price * (code.percent or 0) / 100
    return max(price - major(minor(off, currency), currency), Decimal(0))


def codes() -> list[PromoCode]:
    """All codes, newest first."""
    return list(PromoCode.objects.prefetch_related("uses")[:200])


def code_by_id(pk: int) -> PromoCode | None:
    """One code."""
    return PromoCode.objects.filter(pk=pk).first()


@transaction.atomic
def count_use(*, portal: Portal, promo_id: int) -> None:
    """The portal has bought with the code; twice is once."""
    if PromoCode.objects.filter(pk=promo_id).exists():
        PromoUse.objects.get_or_create(promo_id=promo_id, portal=portal)
