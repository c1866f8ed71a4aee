"""The pages that people see at Stripe's: Checkout, the proof of the card's owner, the customer portal, an invoice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape

from infra.adapters.payments.amounts import digits
from infra.local.payments import checkout, customers, disputes, links, subscriptions
from infra.local.payments.paper import pdf
from infra.local.payments.parameters import Refused
from infra.local.payments.state import State, Thing

STYLE = """:root{color-scheme:light dark;--line:#8886}
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:30rem;padding:0 1rem}
label{display:block;margin:.75rem 0 .25rem}input[type=text]{font:inherit;width:100%;padding:.6rem;box-sizing:border-box}
fieldset{border:1px solid var(--line);border-radius:10px;margin:1rem 0}button{font:inherit;padding:.7rem 1.2rem;
margin:.8rem 0;border-radius:10px;border:0;background:#3d3df5;color:#fff;min-height:44px}
button.plain{background:#6666;color:inherit}
table{width:100%;border-collapse:collapse}td{padding:.4rem 0;border-bottom:1px solid var(--line)}td+td{text-align:right}
.total{font-size:1.75rem;font-weight:650}.wrong{color:#c62828;font-weight:600}small{opacity:.8}"""
NOTE = "This page plays Stripe on this machine. No money moves. Test cards: 4242 4242 4242 4242 pays, \
4000 0000 0000 0002 is declined, 4000 0025 0000 3155 asks for 3-D Secure, 4000 0000 0000 0259 pays and is disputed."


class Page(Exception):
    """An answer: a page, or where to go."""

    def __init__(self, body: str | bytes = "", *, to: str = "", kind: str = "text/html", status: int = 200) -> None:
        self.body = body.encode() if isinstance(body, str) else body
        self.to, self.kind, self.status = to, kind, 303 if to else status


def money(amount: int, currency: str) -> str:
    """ "USD 59.00", "JPY 3,600", "KWD 7.500"."""
    places = digits(currency)
    return f"{currency.upper()} {amount / 10**places:,.{places}f}"


def document(title: str, body: str, status: int = 200) -> Page:
    head = f"<meta charset=utf-8><meta name=viewport content='width=device-width'><title>{escape(title)}</title>"
    text = f"<!doctype html><html lang=en>{head}<style>{STYLE}</style><main><h1>{escape(title)}</h1>{body}"
    return Page(f"{text}<p><small>{NOTE}</small></main>", status=status)


def answer(state: State, method: str, path: str, form: Mapping[str, str]) -> Page:
    """The page at `path`. Raises Refused where there is none."""
    match path.strip("/").split("/"):
        case [""]:
            return _home(state)
        case ["disputes"] if method == "POST":
            return _dispute(state, form)
        case ["checkout", key]:
            return _checkout(state, state.get("checkout.session", key), method, form)
        case ["links", key]:
            return _link(state, state.get("payment_link", key), method, form)
        case ["invoices", key]:
            return _invoice(state, state.get("invoice", key), method, form)
        case ["invoices", key, "pdf"]:
            return Page(pdf(_paper(state.get("invoice", key))), kind="application/pdf")
        case ["receipts", key]:
            intent = state.get("payment_intent", key)
            return document("Receipt", f"<p class=total>{money(intent['amount_received'], intent['currency'])}")
        case ["portal", key]:
            return _portal(state, state.get("billing_portal.session", key), method, form)
    raise Refused("Not found.", status=404)


def _home(state: State) -> Page:
    """What this is, and the newest things that were paid for."""
    rows = "".join(
        f"<tr><td><a href='/invoices/{one['id']}'>{escape(one['customer_name'] or one['id'])}</a>, {one['status']}"
        f"<td>{money(one['total'], one['currency'])}"
        for one in state.all("invoice")[:20]
    )
    told = "<p>Its pages open when a company pays: in its portal, under Settings, “Plan and usage”."
    payments = "".join(_payment(state, one) for one in state.all("payment_intent", status="succeeded")[:20])
    shown = [("Invoices", rows), ("Payments", payments)]
    tables = "".join(f"<h2>{title}</h2><table>{found}</table>" for title, found in shown if found)
    return document("Payments", told + tables)


def _payment(state: State, intent: Thing) -> str:
    """A line with what its payer's bank may do: question it, and decide."""
    about = next(iter(state.all("dispute", payment_intent=intent["id"])), None)
    ways = [("dispute", intent["id"], "Dispute")] if about is None else []
    if about is not None and about["status"] in disputes.OPEN:
        ways = [("won", about["id"], "Company wins"), ("lost", about["id"], "Payer wins")]
    buttons = "".join(f"<button class=plain name={name} value={key}>{text}</button> " for name, key, text in ways)
    said = f", disputed: {about['status'].replace('_', ' ')}" if about is not None else ""
    form = f"<form method=post action=/disputes>{buttons}</form>" if buttons else ""
    return f"<tr><td>{intent['id']}{said}{form}<td>{money(intent['amount'], intent['currency'])}"


def _dispute(state: State, form: Mapping[str, str]) -> Page:
    for name, key in form.items():
        if name == "dispute":
            disputes.open_dispute(state, state.get("payment_intent", key))
        else:
            disputes.decide(state, state.get("dispute", key), name)
    return Page(to="/")


def _ways(wrong: str, amount: str, extra: str = "") -> str:
    said = f"<p class=wrong role=alert>{escape(wrong)}" if wrong else ""
    return f"""<form method=post>{said}<fieldset><legend>Pay with</legend>
<label><input type=radio name=way value=card checked> Card</label>
<label for=number>Card number</label><input type=text id=number name=number inputmode=numeric autocomplete=off>
<label for=expiry>Expiry</label><input type=text id=expiry name=expiry value="12 / 40">
<label for=cvc>CVC</label><input type=text id=cvc name=cvc value=123>
<label><input type=radio name=way value=bank> Bank debit (arrives after two days)</label></fieldset>{extra}
<button>Pay {amount}</button></form>"""


def _method(state: State, form: Mapping[str, str]) -> Thing:
    return customers.new_bank(state) if form.get("way") == "bank" else customers.new_card(state, form.get("number", ""))


def _proof(method: Thing) -> Page:
    body = f"""<p>Your bank wants to know that it is you.<form method=post>
<input type=hidden name=method value={method["id"]}><button name=proof value=yes>Complete authentication</button>
<button class=plain name=proof value=no>Fail authentication</button></form>"""
    return document("3-D Secure", body)


def _checkout(state: State, session: Thing, method: str, form: Mapping[str, str]) -> Page:
    request, wrong = session["request"], ""
    back = (request.get("cancel_url") or "").replace("{CHECKOUT_SESSION_ID}", session["id"])
    if session["status"] == "complete":
        return Page(to=request["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))
    if session["status"] != "open":
        return document("This page has expired", f"<p><a href='{escape(back)}'>Go back</a>", status=410)
    if method == "POST":
        wrong = _pay(state, session, form)
        if session["status"] == "complete":
            return Page(to=request["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))
        if wrong.startswith("pm_"):
            return _proof(state.get("payment_method", wrong))
    rows = "".join(
        f"<tr><td>{escape(one['name'])} × {one['quantity']}<td>{money(one['amount'], one['currency'])}"
        + (f" a {one['interval']}" if one["interval"] else "")
        for one in request["lines"]
    )
    due = money(checkout.due(state, session), session["currency"])
    tax = "<label for=tax>Tax ID (VAT number), if you have one</label><input type=text id=tax name=tax_id>"
    tax = tax if request.get("tax_id_collection", {}).get("enabled") else ""
    customer = state.get("customer", session["customer"])
    body = f"<p>{escape(customer['name'] or '')}<br>{escape(customer['email'] or '')}<p class=total>{due}"
    return document(
        "Checkout", f"{body}<table>{rows}</table>{_ways(wrong, due, tax)}<p><a href='{escape(back)}'>Back</a>"
    )


def _link(state: State, link: Thing, method: str, form: Mapping[str, str]) -> Page:
    wrong = ""
    if method == "POST":
        wrong = links.pay(state, link, form.get("number", ""))
        if not wrong:
            return Page(to=(link["after_completion"] or {}).get("redirect", {}).get("url", "/"))
    if not link["active"]:
        return document("This link has been deactivated", "<p>Nothing is to be paid here.", status=410)
    due = money(link["request"]["amount"], link["currency"])
    return document(link["request"]["name"], f"<p class=total>{due}{_ways(wrong, due)}")


def _pay(state: State, session: Thing, form: Mapping[str, str]) -> str:
    """Empty when it is paid, the id of a card that wants proof, or what is wrong."""
    try:
        if proof := form.get("proof"):
            if proof != "yes":
                return "We are unable to authenticate your payment method. Choose another one and try again."
            chosen = state.get("payment_method", form.get("method", ""))
            said = checkout.complete(state, session, chosen, proven=True)
        else:
            chosen = _method(state, form)
            if number := form.get("tax_id", "").strip():
                tax = {"type": "eu_vat", "value": number}
                customers.add_tax_id(state, state.get("customer", session["customer"]), tax)
            said = checkout.complete(state, session, chosen)
    except Refused as refusal:
        return str(refusal)
    return {"complete": "", "requires_action": str(chosen["id"])}.get(said, said)


def _invoice(state: State, invoice: Thing, method: str, form: Mapping[str, str]) -> Page:
    wrong = ""
    if method == "POST" and invoice["status"] == "open":
        try:
            proven = form.get("proof") == "yes"
            chosen = state.get("payment_method", form["method"]) if "method" in form else _method(state, form)
            customer = state.get("customer", invoice["customer"])
            outcome = subscriptions.pay_now(state, invoice, chosen, present=True, proven=proven)
            if outcome == "requires_action" and "proof" not in form:
                return _proof(chosen)
            wrong = "" if outcome in ("paid", "processing") else "Your card was declined."
            if outcome == "paid":
                customers.attach(state, customer, chosen)
        except Refused as refusal:
            wrong = str(refusal)
    rows = "".join(
        f"<tr><td>{escape(one['description'])}<td>{money(one['amount'], one['currency'])}"
        for one in invoice["lines"]["data"]
    )
    due = money(invoice["amount_remaining"], invoice["currency"])
    ways = _ways(wrong, due) if invoice["status"] == "open" else "<p><strong>Paid.</strong>"
    link = f"<p><a href='/invoices/{invoice['id']}/pdf'>Download PDF</a>"
    return document(f"Invoice {invoice['number']}", f"<p class=total>{due}<table>{rows}</table>{ways}{link}")


def _portal(state: State, session: Thing, method: str, form: Mapping[str, str]) -> Page:
    customer, wrong = state.get("customer", session["customer"]), ""
    found = [one for one in state.all("subscription", customer=customer["id"]) if one["status"] != "canceled"]
    if method == "POST":
        try:
            if "cancel" in form:
                subscriptions.update(state, {"cancel_at_period_end": form["cancel"] == "yes"}, form["subscription"])
            else:
                customers.attach(state, customer, _method(state, form))
                for one in found:
                    one["default_payment_method"] = customer["invoice_settings"]["default_payment_method"]
        except Refused as refusal:
            wrong = str(refusal)
    chosen = customers.default_method(state, customer)
    way = (chosen or {}).get("card") or (chosen or {}).get("sepa_debit")
    body = f"<p>{escape(customer['name'] or '')}<p>Paid with: " + (f"•••• {way['last4']}" if way else "nothing yet")
    for one in found:
        ends = one["cancel_at_period_end"]
        body += f"""<form method=post><input type=hidden name=subscription value={one["id"]}>
<button class=plain name=cancel value={"no" if ends else "yes"}>{"Do not cancel" if ends else "Cancel at period end"}
</button></form>"""
    for one in state.all("invoice", customer=customer["id"])[:20]:
        body += f"<p><a href='/invoices/{one['id']}'>{one['number']}</a> {money(one['total'], one['currency'])}, "
        body += f"{one['status']}"
    ways = _ways(wrong, "").replace("<button>Pay </button>", "<button>Save</button>")
    back = f"<p><a href='{escape(session['return_url'] or '')}'>Back</a>"
    return document("Customer portal", f"{body}<h2>Another way to pay</h2>{ways}{back}")


def _paper(invoice: Thing) -> list[str]:
    day = datetime.fromtimestamp(invoice["created"], UTC).date()
    lines = [f"Invoice {invoice['number']}", f"Date: {day}", f"Bill to: {invoice['customer_name']}", ""]
    lines += [f"{one['description']}: {money(one['amount'], one['currency'])}" for one in invoice["lines"]["data"]]
    total, paid = invoice["total"], invoice["amount_paid"]
    lines += ["", f"Total: {money(total, invoice['currency'])}", f"Paid: {money(paid, invoice['currency'])}"]
    return [*lines, "Made by the local stand-in for Stripe."]
