"""Which of our bank accounts an invoice is paid to."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import Invalid
from modules.crm.domain.access import require_on
from modules.crm.domain.kinds import INVOICE
from modules.crm.domain.locking import lock
from modules.crm.domain.selling.documents import accounts_for, refuse_changes
from modules.crm.domain.telling import tell
from modules.crm.models import Invoice


def choose_account(*, actor: Actor, invoice: Any, account_id: int, version: int | None = None) -> Invoice:
    """Have a draft say that it is paid to this account of the company that sells, with the legal details it is of.

    Raises Conflict (issued already, or changed meanwhile), Denied, Invalid (account), ReadOnly.
    """
    gates.require_writable()
    with transaction.atomic():
        row: Invoice = lock(INVOICE, invoice.pk, version)
        require_on(actor, INVOICE.permission("edit"), row)
        chosen = next((one for one in accounts_for(row) if one.pk == account_id), None)
        if chosen is None:
            raise Invalid(fields={"account": [_("Choose one of the list.")]})
        if row.account_id == chosen.pk:
            return row
        refuse_changes(row, ["account"])
        before = str(row.account or "")
        row.account, row.requisite = chosen, chosen.requisite
        row.save(update_fields=["account", "requisite"])
        audit.record(actor, "invoice.edit", row.ref, {"account": (before, str(chosen))})
        tell(row, "changed", actor)
    return row
