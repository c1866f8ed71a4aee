"""Verbs on requisites: of clients, and of our own companies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import Conflict, Invalid, NotFound
from modules.crm.domain.access import require_on
from modules.crm.domain.contact_points import longest_of
from modules.crm.domain.kinds import kind_of
from modules.crm.domain.locking import lock
from modules.crm.domain.selling.requisite_templates import TEMPLATES, Template, bare_number
from modules.crm.domain.telling import tell
from modules.crm.models import BankAccount, Company, Currency, Record, Requisite

BANK_LINES = ("name", "bank", "account", "bic", "correspondent", "iban", "swift", "currency", "comment")
MOST = 20


@dataclass(frozen=True, kw_only=True)
class NewRequisite:
    """Legal details as typed: lines by key of the template, and bank accounts as lines by key, known ones with `id`."""

    template: str
    values: Mapping[str, str]
    name: str = ""
    accounts: Sequence[Mapping[str, str]] = field(default_factory=tuple)


def requisites_of(record: Record) -> list[Requisite]:
    """The requisites of a contact or company the caller may see, the main one first."""
    rows = Requisite.objects.filter(**{record.link: record}).prefetch_related("accounts")
    return list(rows.order_by("position", "id"))


def own_companies() -> list[Company]:
    """The legal entities we sell from, the oldest first: the usual one."""
    return list(Company.objects.alive().filter(is_own=True).order_by("id"))


def access_requisite(record: Record, requisite_id: int) -> Requisite:
    """One of the record's requisites. Raises NotFound."""
    row = Requisite.objects.filter(**{record.link: record}, pk=requisite_id).prefetch_related("accounts").first()
    if row is None:
        raise NotFound
    return row


def set_requisite(
    *, actor: Actor, record: Any, new: NewRequisite, requisite: Requisite | None = None, version: int | None = None
) -> Requisite:
    """Give a contact or company legal details, or change `requisite`. Raises Conflict, Denied, Invalid, ReadOnly."""
    gates.require_writable()
    kind = kind_of(record)
    template, values, accounts = read_requisite(new)
    with transaction.atomic():
        record = lock(kind, record.pk, None)
        require_on(actor, kind.permission("edit"), record)
        rows = Requisite.objects.select_for_update().filter(**{kind.key: record})
        if requisite is None:
            if rows.count() >= MOST:
                raise Invalid(_("At most %(most)s.") % {"most": MOST})
            row = Requisite(**{kind.key: record}, position=rows.count())
        else:
            row = rows.get(pk=requisite.pk)
            if version is not None and row.version != version:
                raise Conflict(current_version=row.version)
        before = dict(row.values)
        row.template, row.values = template.key, values
        row.name = new.name.strip()[:200] or values.get("name") or values.get("full_name") or str(record)
        row.tax_number = bare_number(values.get(template.tax, ""))
        row.save()
        _write_accounts(row, accounts)
        changed = {key: (before.get(key, ""), values.get(key, "")) for key in {*before, *values}}
        audit.record(
            actor, "requisite.set", record.ref, {key: pair for key, pair in changed.items() if pair[0] != pair[1]}
        )
        tell(record, "changed", actor)
    return row


def _write_accounts(row: Requisite, accounts: Sequence[Mapping[str, str]]) -> None:
    """Those that are known by their `id`, else by their number, stay the rows they are: papers point at them."""
    left = {account.pk: account for account in row.accounts.all()}
    for place, lines in enumerate(accounts):
        values = {key: lines[key] for key in BANK_LINES}
        by_id = left.get(int(lines["id"])) if lines.get("id", "").isdecimal() else None
        same = (one for one in left.values() if (one.account, one.iban) == (values["account"], values["iban"]))
        account = by_id or next(same, None)
        if account is None:
            BankAccount.objects.create(requisite=row, position=place, **values)
            continue
        del left[account.pk]
        for key, value in {**values, "position": place}.items():
            setattr(account, key, value)
        account.save()
    BankAccount.objects.filter(pk__in=list(left)).delete()


def delete_requisite(*, actor: Actor, record: Any, requisite: Requisite) -> None:
    """Remove legal details with their accounts. Raises Denied, ReadOnly."""
    gates.require_writable()
    kind = kind_of(record)
    with transaction.atomic():
        record = lock(kind, record.pk, None)
        require_on(actor, kind.permission("edit"), record)
        audit.record(actor, "requisite.delete", record.ref, {"requisites": (str(requisite), "")})
        Requisite.objects.filter(pk=requisite.pk).delete()
        tell(record, "changed", actor)


def read_requisite(new: NewRequisite) -> tuple[Template, dict[str, str], list[dict[str, str]]]:
    """What was typed as the template, its lines and the accounts. Raises Invalid naming every line that is wrong."""
    template = TEMPLATES.get(new.template)
    if template is None:
        raise Invalid(fields={"template": [_("Choose one of the list.")]})
    lines = {line.key: line for line in template.lines}
    wrong: dict[str, list[str]] = {}
    values: dict[str, str] = {}
    for key, raw in new.values.items():
        text = str(raw or "").strip()
        if key not in lines:
            wrong[key] = [_("This field cannot be set.")]
        elif len(text) > lines[key].longest or "\0" in text:
            wrong[key] = [_("At most %(most)s characters.") % {"most": lines[key].longest}]
        elif text and lines[key].choices and text not in dict(lines[key].choices):
            wrong[key] = [_("Choose one of the list.")]
        elif text:
            values[key] = text
    number = bare_number(values.get(template.tax, ""))
    if number and template.check is not None and not (number.isdigit() and template.check(number)):
        wrong[template.tax] = [_("This number has a wrong digit. Check it.")]
    if not values and not wrong:
        wrong[template.lines[0].key] = [_("Fill this in.")]
    if wrong:
        raise Invalid(fields=wrong)
    return template, values, [account for account in map(_account, new.accounts[:MOST]) if any(account.values())]


def _account(given: Mapping[str, str]) -> dict[str, str]:
    lines: dict[str, str] = {}
    for key in BANK_LINES:
        text = str(given.get(key) or "").strip()
        if len(text) > longest_of(BankAccount, key) or "\0" in text:
            raise Invalid(fields={key: [_("This text is too long.")]})
        lines[key] = text
    if lines["currency"] and lines["currency"] not in Currency.values:
        raise Invalid(fields={"currency": [_("This currency is not offered.")]})
    filled = any(text for key, text in lines.items() if key != "currency")
    return {**lines, "id": str(given.get("id") or "")} if filled else {}
