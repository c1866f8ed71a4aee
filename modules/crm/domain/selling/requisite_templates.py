"""Legal details by country: what each template asks for, which number is the tax number, and how it is checked.

Sources: INN and its check digits – order of the Russian tax service ММВ-7-6/435 of 29.06.2012; NIP – Polish act on tax
registration of 13.10.1995; CNPJ – Brazilian federal revenue; SIREN – INSEE, Luhn (ISO/IEC 7812-1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from infra.kit.errors import Text


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a template; with `choices` one of them is kept, by its key."""

    key: str
    title: Text
    longest: int = 200
    choices: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Template:
    """Legal details of a kind of legal person in a country. `tax` names the line that is compared."""

    key: str
    title: Text
    country: str
    lines: tuple[Line, ...]
    tax: str
    check: Callable[[str], bool] | None = None
    bank: tuple[str, ...] = ("bank", "iban", "swift", "currency")


def _weighted(digits: str, weights: tuple[int, ...], modulus: int) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % modulus


def inn_is_right(number: str) -> bool:
    """Whether a Russian INN of 10 or 12 digits has right check digits."""
    if len(number) == 10:
        return _weighted(number, (2, 4, 10, 3, 5, 9, 4, 6, 8), 11) % 10 == int(number[9])
    if len(number) == 12:
        first = _weighted(number, (7, 2, 4, 10, 3, 5, 9, 4, 6, 8), 11) % 10
        second = _weighted(number, (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8), 11) % 10
        return (first, second) == (int(number[10]), int(number[11]))
    return False


def nip_is_right(number: str) -> bool:
    """Whether a Polish NIP has a right check digit."""
    return len(number) == 10 and _weighted(number, (6, 5, 7, 2, 3, 4, 5, 6, 7), 11) == int(number[9])


def cnpj_is_right(number: str) -> bool:
    """Whether a Brazilian CNPJ has right check digits."""
    if len(number) != 14:
        return False
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    for length in (12, 13):
        rest = _weighted(number, weights[13 - length :], 11)
        if (0 if rest < 2 else 11 - rest) != int(number[length]):
            return False
    return True


def siren_is_right(number: str) -> bool:
    """Whether a French SIREN passes Luhn."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return len(number) == 9 and total % 10 == 0


_NAME, _FULL = Line(key="name", title=_("Short name")), Line(key="full_name", title=_("Full legal name"), longest=300)
_LEGAL = Line(key="legal_address", title=_("Registered address"), longest=400)
_HEAD, _HEAD_POST = Line(key="head", title=_("Head")), Line(key="head_post", title=_("Post of the head"))
_REACHED = (
    Line(key="contact", title=_("Contact person")),
    Line(key="phone", title=_("Phone"), longest=60),
    Line(key="email", title=_("E-mail"), longest=254),
)
_VAT_PAYER = Line(key="vat_payer", title=_("VAT payer"), choices=(("yes", _("yes")), ("no", _("no"))))
_CERTIFICATE = (
    Line(key="certificate", title=_("Certificate of registration")),
    Line(key="certificate_series", title=_("Certificate: series"), longest=20),
    Line(key="certificate_number", title=_("Certificate: number"), longest=40),
    Line(key="certificate_date", title=_("Certificate: date"), longest=20),
)
_VAT_CERTIFICATE = (
    Line(key="vat_certificate_series", title=_("VAT certificate: series"), longest=20),
    Line(key="vat_certificate_number", title=_("VAT certificate: number"), longest=40),
    Line(key="vat_certificate_date", title=_("VAT certificate: date"), longest=20),
)
_IDENTITY = (
    Line(key="identified_by", title=_("How the person was identified")),
    Line(key="document", title=_("Identity document"), longest=300),
    Line(key="document_series", title=_("Document: series"), longest=20),
    Line(key="document_number", title=_("Document: number"), longest=40),
    Line(key="document_person", title=_("Document: personal number"), longest=40),
    Line(key="document_date", title=_("Document: issued on"), longest=20),
    Line(key="document_issuer", title=_("Document: issued by"), longest=300),
    Line(key="document_office", title=_("Document: code of the office"), longest=20),
)
_CHIEF = Line(key="accountant", title=_("Chief accountant"))
_RU_BANK = ("bank", "bic", "account", "correspondent", "currency")

TEMPLATES: Mapping[str, Template] = {
    template.key: template
    for template in (
        Template(
            key="ru_org",
            title=_("Russia: organisation"),
            country="RU",
            tax="inn",
            check=inn_is_right,
            bank=_RU_BANK,
            lines=(
                _NAME,
                _FULL,
                Line(key="inn", title=_("INN"), longest=12),
                Line(key="kpp", title=_("KPP"), longest=9),
                Line(key="ogrn", title=_("OGRN"), longest=13),
                Line(key="okpo", title=_("OKPO"), longest=10),
                Line(key="oktmo", title=_("OKTMO"), longest=11),
                Line(key="okved", title=_("OKVED"), longest=40),
                Line(key="ifns", title=_("Tax office (IFNS)")),
                Line(key="registered_on", title=_("Date of registration"), longest=20),
                _VAT_PAYER,
                _LEGAL,
                _HEAD,
                _HEAD_POST,
                Line(key="basis", title=_("Acts on the basis of")),
                _CHIEF,
                *_REACHED,
            ),
        ),
        Template(
            key="ru_ip",
            title=_("Russia: sole proprietor"),
            country="RU",
            tax="inn",
            check=inn_is_right,
            bank=_RU_BANK,
            lines=(
                _FULL,
                Line(key="inn", title=_("INN"), longest=12),
                Line(key="ogrnip", title=_("OGRNIP"), longest=15),
                _LEGAL,
                Line(key="okpo", title=_("OKPO"), longest=10),
                Line(key="okved", title=_("OKVED"), longest=40),
                *_CERTIFICATE,
                _VAT_PAYER,
                *_REACHED,
            ),
        ),
        Template(
            key="ru_person",
            title=_("Russia: private person"),
            country="RU",
            tax="inn",
            check=inn_is_right,
            bank=_RU_BANK,
            lines=(
                _FULL,
                *_IDENTITY,
                Line(key="inn", title=_("INN"), longest=12),
                _LEGAL,
            ),
        ),
        Template(
            key="by_org",
            title=_("Belarus: organisation"),
            country="BY",
            tax="unp",
            lines=(
                _NAME,
                _FULL,
                Line(key="unp", title=_("UNP"), longest=9),
                _VAT_PAYER,
                _LEGAL,
                _HEAD,
                _HEAD_POST,
                *_REACHED,
            ),
        ),
        Template(
            key="kz_org",
            title=_("Kazakhstan: organisation"),
            country="KZ",
            tax="bin",
            lines=(
                _NAME,
                _FULL,
                Line(key="bin", title=_("BIN"), longest=12),
                Line(key="kbe", title=_("Beneficiary code (KBE)"), longest=2),
                *_CERTIFICATE[1:],
                *_VAT_CERTIFICATE,
                _VAT_PAYER,
                _LEGAL,
                _HEAD,
                *_REACHED,
            ),
        ),
        Template(
            key="ua_org",
            title=_("Ukraine: organisation"),
            country="UA",
            tax="edrpou",
            lines=(
                _NAME,
                _FULL,
                Line(key="edrpou", title=_("EDRPOU"), longest=10),
                Line(key="drfo", title=_("Individual tax number (DRFO)"), longest=12),
                *_VAT_CERTIFICATE[1:2],
                _VAT_PAYER,
                _LEGAL,
                _HEAD,
                *_REACHED,
            ),
        ),
        Template(
            key="pl_org",
            title=_("Poland: company"),
            country="PL",
            tax="nip",
            check=nip_is_right,
            lines=(
                _FULL,
                Line(key="nip", title=_("NIP"), longest=13),
                Line(key="regon", title=_("REGON"), longest=14),
                Line(key="krs", title=_("KRS"), longest=10),
                Line(key="pesel", title=_("PESEL"), longest=11),
                _LEGAL,
                *_REACHED,
            ),
        ),
        Template(
            key="br_org",
            title=_("Brazil: company"),
            country="BR",
            tax="cnpj",
            check=cnpj_is_right,
            lines=(
                Line(key="full_name", title=_("Corporate name"), longest=300),
                Line(key="name", title=_("Trade name")),
                Line(key="cnpj", title=_("CNPJ"), longest=18),
                Line(key="ie", title=_("State registration"), longest=20),
                Line(key="im", title=_("Municipal registration"), longest=20),
                _LEGAL,
                *_REACHED,
            ),
            bank=("bank", "bic", "account", "currency"),
        ),
        Template(
            key="fr_org",
            title=_("France: company"),
            country="FR",
            tax="siren",
            check=siren_is_right,
            lines=(
                _FULL,
                Line(key="siren", title=_("SIREN"), longest=11),
                Line(key="siret", title=_("SIRET"), longest=17),
                Line(key="vat", title=_("VAT number"), longest=20),
                Line(key="ape", title=_("APE code"), longest=6),
                Line(key="rcs", title=_("RCS")),
                Line(key="form", title=_("Legal form")),
                Line(key="capital", title=_("Share capital"), longest=40),
                _LEGAL,
                *_REACHED,
            ),
        ),
        Template(
            key="vn_org",
            title=_("Vietnam: company"),
            country="VN",
            tax="mst",
            lines=(_FULL, Line(key="mst", title=_("Tax code (MST)"), longest=14), _LEGAL, _HEAD, *_REACHED),
            bank=("bank", "account", "swift", "currency"),
        ),
        Template(
            key="us_org",
            title=_("United States: company"),
            country="US",
            tax="ein",
            lines=(_FULL, Line(key="ein", title=_("EIN"), longest=10), _LEGAL, *_REACHED),
            bank=("bank", "bic", "account", "swift", "currency"),
        ),
        Template(
            key="gb_org",
            title=_("United Kingdom: company"),
            country="GB",
            tax="vat",
            lines=(
                _FULL,
                Line(key="number", title=_("Company number"), longest=8),
                Line(key="vat", title=_("VAT number"), longest=20),
                _LEGAL,
                *_REACHED,
            ),
            bank=("bank", "bic", "account", "iban", "swift", "currency"),
        ),
        Template(
            key="eu_org",
            title=_("Other country: company"),
            country="",
            tax="vat",
            lines=(
                _FULL,
                Line(key="vat", title=_("VAT or tax number"), longest=30),
                Line(key="number", title=_("Registration number"), longest=40),
                _LEGAL,
                *_REACHED,
            ),
        ),
    )
}


def bare_number(text: str) -> str:
    """A number as it is compared: letters and digits only, letters upper case."""
    return re.sub(r"[^0-9A-Z]", "", text.upper())[:40]


def template_for(region: str, *, person: bool = False) -> Template:
    """The template that a portal of this country offers first."""
    if person and region == "RU":
        return TEMPLATES["ru_person"]
    return next((item for item in TEMPLATES.values() if item.country == region), TEMPLATES["eu_org"])
