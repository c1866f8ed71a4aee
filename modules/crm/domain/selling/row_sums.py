"""What a row of products comes to. The rounding rule, one for screens, papers, the API and reports:

1. A row's price times its quantity is rounded half up to the currency's minor unit (ISO 4217: VND none, KWD three).
2. Its discount, in percent of that, is rounded the same way and taken off; an amount is taken off as it is.
3. VAT is rounded per row: on top it is a percentage of what is left; included it is rate / (100 + rate) of it.
4. A document's sums are the sums of its rows, so that what is printed adds up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from modules.crm.domain.money import rounded

HUNDRED = Decimal(100)


@dataclass(frozen=True, kw_only=True)
class RowSums:
    """Sums of one row or of many: `net` + `vat` = `total`; `gross` before the discount, `discount` what it took off."""

    gross: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    vat: Decimal = Decimal(0)
    total: Decimal = Decimal(0)


def row_sums(
    *,
    currency: str,
    quantity: Decimal,
    price: Decimal,
    discount_percent: Decimal = Decimal(0),
    discount_amount: Decimal = Decimal(0),
    vat_rate: Decimal | None = None,
    vat_included: bool = True,
) -> RowSums:
    """The sums of a row in `currency`; a discount is never larger than the row."""
    gross = rounded(price * quantity, currency)
    discount = rounded(gross * discount_percent / HUNDRED, currency) + rounded(discount_amount, currency)
    discount = min(discount, gross)
    left = gross - discount
    if vat_rate is None:
        return RowSums(gross=gross, discount=discount, net=left, vat=rounded(Decimal(0), currency), total=left)
    if vat_included:
        vat = rounded(left * vat_rate / (HUNDRED + vat_rate), currency)
        return RowSums(gross=gross, discount=discount, net=left - vat, vat=vat, total=left)
    vat = rounded(left * vat_rate / HUNDRED, currency)
    return RowSums(gross=gross, discount=discount, net=left, vat=vat, total=left + vat)


def total_of(rows: Iterable[RowSums]) -> RowSums:
    """The sums of all rows."""
    sums = list(rows)
    return RowSums(
        gross=sum((one.gross for one in sums), Decimal(0)),
        discount=sum((one.discount for one in sums), Decimal(0)),
        net=sum((one.net for one in sums), Decimal(0)),
        vat=sum((one.vat for one in sums), Decimal(0)),
        total=sum((one.total for one in sums), Decimal(0)),
    )
