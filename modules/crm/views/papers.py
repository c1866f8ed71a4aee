"""What is done with a quote or invoice on its card: made, issued, sent, shown, answered, paid."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from infra.kit.access import Actor, may
from infra.kit.errors import Invalid
from infra.ui import panels
from infra.ui.forms import form_errors
from infra.ui.panels import render_panel
from infra.ui.toasts import toast
from modules.crm.domain.access import access, may_do
from modules.crm.domain.field_rights import require_sums, sees_sums
from modules.crm.domain.kinds import DEAL, INVOICE, QUOTE, Kind, kind_named
from modules.crm.domain.money import price_typed
from modules.crm.domain.posting import known_addresses
from modules.crm.domain.selling.document_letter import letter_for, send_document
from modules.crm.domain.selling.document_making import make_document
from modules.crm.domain.selling.document_status import UNPAID, cancel_invoice, issue_invoice, moves_of, set_quote_status
from modules.crm.domain.selling.documents import accounts_for, is_locked
from modules.crm.domain.selling.online_payment import card_payments_on, look_for_money, open_payment_link
from modules.crm.domain.selling.paid_to import choose_account
from modules.crm.domain.selling.paper import document_pdf, file_name
from modules.crm.domain.selling.payment import payments_of, record_payment, take_back_payment
from modules.crm.domain.selling.public_link import close_link, link_of, open_link
from modules.crm.domain.selling.stock import finish_goods, set_reserving
from modules.crm.models import Document, Invoice, PaymentMethod, Quote, QuoteStatus
from modules.crm.views.asking import actor_of, number_of, version_of
from modules.crm.views.rows import rows_context
from modules.crm.views.tones import STATUS_TONES


def selling_context(actor: Actor, kind: Kind, record: Any, *, may_edit: bool) -> dict[str, Any]:
    """What the card of a deal, quote or invoice shows besides its fields."""
    if kind not in (DEAL, QUOTE, INVOICE) or not sees_sums(actor, kind):
        return {}
    locked = isinstance(record, Document) and is_locked(record)
    context: dict[str, Any] = {
        **rows_context(record),
        "sells": True,
        "may_rows": may_edit and not locked,
        "may_quote": kind is not INVOICE and may(actor, QUOTE.permission("create")),
        "may_invoice": may(actor, INVOICE.permission("create")),
    }
    if not isinstance(record, Quote | Invoice):
        return context
    return {
        **context,
        "paper": True,
        "locked": locked,
        "tone": STATUS_TONES[record.status],
        "link": link_of(record),
        "moves": [(status, QuoteStatus(status).label) for status in moves_of(record)],
        "accounts": accounts_for(record) if isinstance(record, Invoice) and not locked and may_edit else [],
        "payments": payments_of(record) if isinstance(record, Invoice) else [],
        "may_take_cards": isinstance(record, Invoice)
        and record.status in UNPAID
        and not record.stripe_link_url
        and card_payments_on(),
        "from_quote": record.quote
        if isinstance(record, Invoice) and record.quote and may_do(actor, QUOTE.permission("view"), record.quote)
        else None,
    }


def make(request: HttpRequest, kind: Kind, record_id: int, what: str) -> HttpResponse:
    """A quote or an invoice of this record; it opens."""
    actor = actor_of(request)
    made = make_document(actor=actor, kind=kind_named(what), source=access(actor, kind, record_id))
    toast(request, _("“%(title)s” is made.") % {"title": str(made)})
    target = kind_named(what).url("card", made.pk)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponse(status=302, headers={"Location": target})


def pdf(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """The paper."""
    record = access(actor_of(request), kind, record_id)
    require_sums(actor_of(request), kind)
    return pdf_answer(record)


def pdf_answer(record: Any) -> HttpResponse:
    """A paper as an answer that a browser shows."""
    response = HttpResponse(document_pdf(record), content_type="application/pdf")
    name = file_name(record)
    plain = name.encode("ascii", "ignore").decode() or "document.pdf"
    response["Content-Disposition"] = f"inline; filename=\"{plain}\"; filename*=UTF-8''{_quoted(name)}"
    response["Cache-Control"] = "private, no-store"
    return response


def _quoted(name: str) -> str:
    return quote(name)


class LetterForm(forms.Form):
    """A letter with the paper."""

    to = forms.EmailField(
        label=pgettext_lazy("a letter", "To"), widget=forms.EmailInput(attrs={"list": "known-addresses"})
    )
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200)
    text = forms.CharField(label=gettext_lazy("Text"), max_length=5_000, widget=forms.Textarea(attrs={"rows": 8}))


def letter(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """The letter as it will be sent, with the PDF and the link to the client's page."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    require_sums(actor, kind)
    usual = letter_for(actor, record)
    initial = {"to": usual.to, "subject": usual.subject, "text": usual.text}
    form = LetterForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            send_document(actor=actor, record=record, **form.cleaned_data, version=version_of(request))
        except Invalid as error:
            form_errors(form, error)
        else:
            told = _("The letter to %(who)s is on its way.") % {"who": form.cleaned_data["to"]}
            toast(request, told)
            return _to_card(request, kind, record.pk)
    context = {
        "record": record,
        "kind": kind,
        "form": form,
        "addresses": known_addresses(actor, record),
        "draft": record.status == "draft",
    }
    back = kind.url("card", record.pk)
    status = 422 if form.errors else 200
    return render_panel(request, "crm/letter.html", context, back=back, back_text=str(record), status=status)


def _to_card(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    target = kind.url("card", record_id)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponse(status=302, headers={"Location": target})


def link(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """The client's page opened, or closed."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    if request.POST.get("open") == "no":
        close_link(actor=actor, record=record)
        told = _("The link opens nothing any more.")
    else:
        open_link(actor=actor, record=record)
        told = _("The link is open. Give it to the client.")
    return panels.refresh(request, toast=told, fallback=kind.url("card", record_id))


def status(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """A quote put where it is by hand; an invoice issued or cancelled."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    wanted, version = request.POST.get("status", ""), version_of(request)
    if kind is QUOTE:
        set_quote_status(actor=actor, quote=record, status=wanted, version=version)
    elif wanted == "issue":
        issue_invoice(actor=actor, invoice=record, version=version)
    elif wanted == "cancel":
        cancel_invoice(actor=actor, invoice=record, version=version)
    else:
        raise Invalid(fields={"status": [_("Choose one of the list.")]})
    return panels.refresh(request, toast=_("Saved."), fallback=kind.url("card", record_id))


def account(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """Which bank account an invoice is paid to."""
    actor = actor_of(request)
    invoice = access(actor, kind, record_id)
    choose_account(actor=actor, invoice=invoice, account_id=number_of(request, "account"), version=version_of(request))
    return panels.refresh(request, toast=_("Saved."), fallback=kind.url("card", record_id))


def goods(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """Goods handed over or received."""
    actor = actor_of(request)
    finish_goods(actor=actor, record=access(actor, kind, record_id))
    return panels.refresh(request, toast=_("Stock is up to date."), fallback=kind.url("card", record_id))


def reserve(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """Goods of an invoice reserved, or no longer."""
    actor = actor_of(request)
    invoice = access(actor, kind, record_id)
    set_reserving(actor=actor, invoice=invoice, reserves=request.POST.get("reserve") == "yes")
    return panels.refresh(request, toast=_("Saved."), fallback=kind.url("card", record_id))


class PaymentForm(forms.Form):
    """Money received."""

    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=30)
    paid_on = forms.CharField(
        label=gettext_lazy("Paid on"), required=False, widget=forms.TextInput(attrs={"type": "date"})
    )
    method = forms.ChoiceField(label=gettext_lazy("How"), choices=PaymentMethod.choices)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)


def pay(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """A payment entered by hand."""
    actor = actor_of(request)
    invoice = access(actor, kind, record_id)
    require_sums(actor, kind)
    initial = {
        "amount": price_typed(invoice.open_amount, invoice.currency),
        "paid_on": timezone.localdate().isoformat(),
    }
    form = PaymentForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            record_payment(
                actor=actor,
                invoice=invoice,
                amount=values["amount"],
                paid_on=_day(values["paid_on"]),
                method=values["method"],
                note=values["note"],
                version=version_of(request),
            )
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("The payment is entered."))
            return _to_card(request, kind, record_id)
    context = {"record": invoice, "kind": kind, "form": form}
    back = kind.url("card", record_id)
    status = 422 if form.errors else 200
    return render_panel(request, "crm/pay.html", context, back=back, back_text=str(invoice), status=status)


def take_cards(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """A page where the invoice is paid by card; or asking whether somebody has paid there."""
    actor = actor_of(request)
    invoice = access(actor, kind, record_id)
    if request.POST.get("ask") == "yes":
        told = _("The payment has come.") if look_for_money(invoice) else _("Nothing was paid there yet.")
    else:
        open_payment_link(actor=actor, invoice=invoice)
        told = _("The client can pay by card on their page now.")
    return panels.refresh(request, toast=told, fallback=kind.url("card", record_id))


def _day(typed: str) -> date | None:
    try:
        found = parse_date(typed) if typed else None
    except ValueError:
        found = None
    if typed and found is None:
        raise Invalid(fields={"paid_on": [_("Write a day, like 2026-03-31.")]})
    return found


def unpay(request: HttpRequest, kind: Kind, record_id: int, payment_id: int) -> HttpResponse:
    """A payment that was entered by mistake."""
    actor = actor_of(request)
    take_back_payment(actor=actor, invoice=access(actor, kind, record_id), payment_id=payment_id)
    return panels.refresh(request, toast=_("The payment is taken back."), fallback=kind.url("card", record_id))
