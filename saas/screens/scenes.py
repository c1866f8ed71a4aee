"""States that no address shows by itself: each is set up as a person would come to it, then pictured."""

from __future__ import annotations

from saas.screens.business import business_scenes
from saas.screens.camera import DESKTOP, NARROW, PHONE, RUSSIAN_PHONE, WIDE, ZOOMED
from saas.screens.extremes import BARE, FROZEN, LONG
from saas.screens.papers import paper_scenes
from saas.screens.plays import (
    asked,
    forms_with_faults,
    imported,
    invitation,
    newest_letters,
    passkey,
    refused_saving,
    reset_opened,
    second_factor,
    steps,
    two_editors,
    wrong_password,
)
from saas.screens.scene import Scene

_BOTH = (DESKTOP, PHONE)
_NARROW = (DESKTOP, RUSSIAN_PHONE)
_EXTREMES = (WIDE, ZOOMED, NARROW)
_ROW = "tbody .ui-row-link"
_RECORD_MENU = "#ui-panel .ui-head-actions .ui-menu > button"
_SAVE_VIEW = "[data-dialog=ui-save-view]"
_REFUSALS = ("limit", "feature", "denied", "read-only", "conflict", "stale", "gone", "fast", "away")


def scenes() -> list[Scene]:
    """Every state worth a picture."""
    person_menu = ".ui-bar-end .ui-menu:last-child > button"
    found = [
        Scene("palette", "portal", steps("/", keys="Control+k", text="ba"), _BOTH),
        Scene("create-menu", "portal", steps("/", ".ui-round-accent"), _BOTH),
        Scene("person-menu", "portal", steps("/", person_menu), _NARROW),
        Scene("bell", "portal", steps("/", "#ui-bell"), _BOTH),
        Scene("list-filter", "portal", steps("/people/", "[aria-controls=ui-filter]"), _NARROW),
        Scene("list-bulk", "portal", steps("/people/", "tbody tr:nth-child(2) .ui-pick"), _NARROW),
        Scene("list-columns", "portal", steps("/people/", "[data-dialog=ui-columns]"), _BOTH),
        Scene("list-nothing", "portal", steps("/people/?q=zzzz"), _NARROW),
        Scene("record-panel", "portal", steps("/people/", "tbody .ui-row-link"), _BOTH),
        Scene("menu", "portal", steps("/", "#ui-bottom button"), (PHONE, RUSSIAN_PHONE)),
        Scene("lead", "portal", steps("/crm/leads/", _ROW), _BOTH),
        Scene("deal", "portal", steps("/crm/deals/", _ROW), (DESKTOP, PHONE, RUSSIAN_PHONE)),
        Scene("deal-menu", "portal", steps("/crm/deals/", _ROW, _RECORD_MENU), _NARROW),
        Scene("deal-lost", "portal", steps("/crm/deals/", _ROW, ".crm-path .ui-menu > button"), _NARROW),
        Scene("deal-editing", "portal", steps("/crm/deals/", _ROW, ".crm-fields .crm-field a.btn-icon"), _NARROW),
        Scene("deals-filter", "portal", steps("/crm/deals/", "[aria-controls=ui-filter]"), _NARROW),
        Scene("deals-menu", "portal", steps("/crm/deals/", ".ui-list-bar .ui-menu > button"), _NARROW),
        Scene("deals-save-view", "portal", steps("/crm/deals/", ".ui-list-bar .ui-menu > button", _SAVE_VIEW), _BOTH),
        Scene("deals-assign", "portal", steps("/crm/deals/", "tbody .ui-pick", "[data-bulk-action=assign]"), _NARROW),
        Scene("deal-conflict", "portal", two_editors, _NARROW),
        Scene("import-check", "portal", imported(), _NARROW, whole=True),
        Scene("import-result", "portal", imported("main form .btn-primary"), _NARROW, whole=True),
        Scene("refusal-why", "portal", steps("/kit/", "[data-refusal=limit]", ".ui-why summary"), _NARROW),
        Scene("first-steps", BARE, steps("/first-steps/"), _NARROW, whole=True),
        Scene("frozen-saving", FROZEN, refused_saving, _NARROW),
        Scene("promotion", "portal", steps("/billing/choose/team/"), _NARROW),
        Scene("faults", "portal", forms_with_faults("/kit/things/add/"), _NARROW),
        Scene("invite-faults", "portal", forms_with_faults("/people/invite/"), _NARROW),
        Scene("two-step-app", "portal", second_factor, _NARROW, whole=True),
        Scene("passkey-add", "portal", passkey, _NARROW),
        Scene("invitation", "portal", invitation, _NARROW),
        Scene("invitation-dead", "gate", steps("/account/invitation/no-such-token/"), _NARROW),
        Scene("confirm-dead", "gate", steps("/account/confirm-email/no-such-key/"), _NARROW),
        Scene("reset-open", "gate", reset_opened, _NARROW),
        Scene("reset-dead", "gate", steps("/account/password/reset/key/1-no-such-key/"), _NARROW),
        Scene("sign-in", "gate", steps("/account/login/"), (*_NARROW, WIDE)),
        Scene("sign-in-wrong", "gate", wrong_password, _NARROW),
        Scene("reset-asked", "gate", asked("/account/password/reset/"), _NARROW),
        Scene("find-asked", "service", asked("/find/"), _NARROW),
        Scene("sign-up-faults", "service", forms_with_faults("/signup/"), _NARROW, whole=True),
        Scene("unknown-page", "portal", steps("/no-such-page/"), _NARROW),
        Scene("unknown-page-signed-out", "service", steps("/no-such-page/"), _NARROW),
        Scene("broken-page", "portal", steps("/kit/refuse/?what=broken"), _NARROW),
        Scene("broken-part", "portal", steps("/kit/", "#ask-broken"), _BOTH),
    ]
    found += [*paper_scenes(), *business_scenes()]
    for what in _REFUSALS:
        found.append(Scene(f"refusal-{what}", "portal", steps("/kit/", f"[data-refusal={what}]"), _NARROW))
        found.append(Scene(f"refused-page-{what}", "portal", steps(f"/kit/refuse/?what={what}"), (DESKTOP,)))
    for name, address in (
        ("start", "/"),
        ("people", "/people/"),
        ("leads", "/crm/leads/"),
        ("board", "/crm/leads/board/"),
        ("deals", "/crm/deals/"),
        ("report", "/crm/reports/funnel/"),
        ("plan", "/billing/"),
        ("site", "/sites/"),
    ):
        found.append(Scene(f"width-{name}", "portal", steps(address), _EXTREMES))
    found += [Scene(f"bare-{name}", BARE, steps(address), _NARROW, whole=True) for name, address in _BARE]
    found += [Scene(f"long-{name}", LONG, steps(*way), (DESKTOP, PHONE, NARROW), whole=True) for name, *way in _LONG]
    found += [Scene(f"frozen-{name}", FROZEN, steps(address), _NARROW) for name, address in _BARE[:2]]
    found += [Scene(f"width-{name}", "service", steps(address), _EXTREMES) for name, address in _PUBLIC]
    return found


_BARE = (
    ("start", "/"),
    ("leads", "/crm/leads/"),
    ("board", "/crm/leads/board/"),
    ("deals", "/crm/deals/"),
    ("deal-board", "/crm/deals/board/"),
    ("deal-calendar", "/crm/deals/calendar/"),
    ("lead-calendar", "/crm/leads/calendar/"),
    ("quote-calendar", "/crm/quotes/calendar/"),
    ("invoice-calendar", "/crm/invoices/calendar/"),
    ("contacts", "/crm/contacts/"),
    ("companies", "/crm/companies/"),
    ("to-do", "/crm/activities/"),
    ("quotes", "/crm/quotes/"),
    ("invoices", "/crm/invoices/"),
    ("products", "/crm/products/"),
    ("reports", "/crm/reports/"),
    ("funnel", "/crm/reports/funnel/"),
    ("rules", "/crm/rules/"),
    ("types", "/crm/types/"),
    ("sites", "/sites/"),
    ("sent-forms", "/sites/submissions/"),
    ("people", "/people/"),
    ("plan", "/billing/"),
    ("usage", "/billing/usage/"),
    ("wallet", "/billing/wallet/"),
    ("payments", "/billing/payments/"),
    ("notifications", "/notifications/"),
)
_LONG = (
    ("start", "/"),
    ("leads", "/crm/leads/"),
    ("board", "/crm/leads/board/"),
    ("lead", "/crm/leads/", _ROW),
    ("deals", "/crm/deals/"),
    ("deal", "/crm/deals/", _ROW),
    ("deal-rows", "/crm/deals/", _ROW, "a[href$='/rows/']"),
    ("contact", "/crm/contacts/", _ROW),
    ("company", "/crm/companies/", _ROW),
    ("quote", "/crm/quotes/", _ROW),
    ("invoice", "/crm/invoices/", _ROW),
    ("people", "/people/"),
    ("person", "/people/", _ROW),
    ("plan", "/billing/"),
)
_PUBLIC = (("home", "/"), ("pricing", "/pricing/"), ("signup", "/signup/"))


def letter_scenes() -> list[Scene]:
    """A picture of each letter that the house has sent by now."""
    return [
        Scene(f"letter-{name}", "service", steps(address), (DESKTOP, PHONE), whole=True)
        for name, address in newest_letters()
    ]
