"""The company's own settings: name, language, country, zone, currency."""

from __future__ import annotations

import re

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from infra.audit import record
from infra.db import changes
from infra.db.current import enter
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid
from infra.kit.zones import TIME_ZONES
from tenants.portals.domain.locking import lock_portal
from tenants.portals.domain.status import operator
from tenants.portals.models import Portal

_COUNTRY = re.compile(r"[A-Z]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")
NAME_LENGTH = 150
FIELDS = ("name", "locale", "region", "time_zone", "currency")


def check_settings(*, name: str, locale: str, region: str, time_zone: str, currency: str) -> dict[str, str]:
    """The values in their stored form. Raises Invalid, with one text for each field at fault.

    `locale` is an offered language, `region` an ISO 3166-1 code or "", `time_zone` an IANA name, `currency` an ISO 4217
    code.
    """
    name, region, currency = " ".join(name.split()), region.strip().upper(), currency.strip().upper()
    wrong: dict[str, list[str]] = {}
    if not name:
        wrong["name"] = [_("Enter the company's name.")]
    elif len(name) > NAME_LENGTH:
        wrong["name"] = [_("The name has at most %(count)d characters.") % {"count": NAME_LENGTH}]
    elif not name.isprintable():
        wrong["name"] = [_("The name has characters that cannot be shown.")]
    if locale not in settings.LANGUAGES_OFFERED:
        wrong["locale"] = [_("Choose one of the languages offered.")]
    if region and not _COUNTRY.fullmatch(region):
        wrong["region"] = [_("Choose a country.")]
    if time_zone not in TIME_ZONES:
        wrong["time_zone"] = [_("Choose a time zone.")]
    if not _CURRENCY.fullmatch(currency):
        wrong["currency"] = [_("Choose a currency.")]
    if wrong:
        raise Invalid(fields=wrong)
    return {"name": name, "locale": locale, "region": region, "time_zone": time_zone, "currency": currency}


def change_settings(*, actor: Actor, portal: Portal, version: int | None = None, **values: str) -> Portal:
    """Change the company's name, language, country, zone or currency; what is not named stays.

    `version` is the one the change was made on, None for any. Raises Denied, ReadOnly, Invalid, Conflict.
    """
    require_permission(actor, "portals.settings.manage")
    gates.require_writable()
    return _change(actor, portal, version, values)


def correct_settings(*, actor: Actor, portal: Portal, version: int | None = None, **values: str) -> Portal:
    """The same by the operator, from outside; written into the portal's log. Raises Denied, Invalid, Conflict."""
    require_permission(actor, "operator.console.use")
    with transaction.atomic(), enter(portal):
        return _change(operator(actor), portal, version, values)


def _change(actor: Actor, portal: Portal, version: int | None, values: dict[str, str]) -> Portal:
    with transaction.atomic():
        portal = lock_portal(portal)
        if version is not None and version != portal.version:
            raise Conflict
        before = {field: getattr(portal, field) for field in FIELDS}
        after = check_settings(**{**before, **values})
        changed = {field: (before[field], after[field]) for field in FIELDS if before[field] != after[field]}
        if changed:
            for field, (_old, new) in changed.items():
                setattr(portal, field, new)
            portal.version += 1
            portal.save(update_fields=[*changed, "version"])
            record(actor, "portal.change_settings", changes=changed)
            changes.announce(portal.schema_name)
    return portal
