"""A wallet that runs low: its owners are told once, behind the bell and by letter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.domain import wallet_row
from billing.domain.amounts import money_text
from billing.domain.wallet import WALLET_PAGE
from billing.models import Wallet
from infra.adapters import mail
from infra.db.current import enter
from infra.kit.errors import Text
from infra.ui.letters import render_letter
from infra.ui.notifications import notify
from tenants.people.models import User
from tenants.portals.models import Portal


def low_wallets() -> list[int]:
    """Portals whose wallet is below a mark and was not looked after yet, or above it again."""
    low = Q(balance__lt=F("notice_below"), noticed_at__isnull=True) | Q(balance__lt=F("auto_below"))
    healed = Q(noticed_at__isnull=False, balance__gte=F("notice_below"))
    return list(Wallet.objects.filter(low | healed).order_by("portal_id").values_list("portal_id", flat=True))


@transaction.atomic
def notice(portal_id: int, now: datetime | None = None) -> None:
    """Tell the owners when the balance fell below their mark; once, until it was above it again."""
    portal = Portal.objects.existing().filter(pk=portal_id).first()
    if portal is None:
        return
    wallet = wallet_row.locked(portal_id)
    low = wallet.notice_below is not None and wallet.balance < wallet.notice_below
    if low == (wallet.noticed_at is not None):
        return
    wallet.noticed_at = (now or datetime.now(UTC)) if low else None
    wallet.save(update_fields=["noticed_at"])
    if low:
        amount = money_text(wallet.balance, wallet.currency)
        text = format_lazy(_("The wallet runs low: {amount}"), amount=amount)
        tell_owners(portal, text, "billing/letters/wallet_low", {"amount": wallet.balance, "currency": wallet.currency})


def tell_owners(
    portal: Portal, text: Text, letter_name: str, values: Mapping[str, object], *, page: str = WALLET_PAGE
) -> None:
    """The owners of the portal see `text` behind the bell and get the letter, each in their language."""
    with enter(portal), transaction.atomic():
        owners = list(User.objects.owners())
        notify(person_ids=[owner.pk for owner in owners], text=text, url=page, icon="wallet")
        for owner in owners:
            letter = render_letter(
                letter_name,
                {**values, "portal": portal, "url": f"{portal.url}{page}"},
                language=owner.locale,
                sender=portal.name,
            )
            mail.send(owner.email, letter.subject, letter.text, letter.html)
