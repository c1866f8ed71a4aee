"""The rows of a list as HTML, composed by calls: as template nodes fifty rows cost more than all else on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any

from django.utils.safestring import SafeString

from infra.ui.lists.columns import Column, escaped


def rows_html(
    rows: Sequence[Any], columns: Sequence[Column], *, url_of: Callable[[Any], str], pick: bool, panel: bool
) -> SafeString:
    """A `<tr>` for each of `rows`, escaped. `pick` puts a box to tick first, `panel` opens records in the panel."""
    opens = [_open(column, first=place == 0) for place, column in enumerate(columns)]
    named = next((column for column in columns if column.link), None)
    cents = [column.broken(rows) for column in columns]
    return SafeString("".join(_row(row, columns, opens, cents, named, url_of, pick, panel) for row in rows))


def _open(column: Column, *, first: bool) -> str:
    css = " ".join(part for part in (column.css, "ui-first" if first else "") if part)
    return f'<td class="{css}" data-label="{escape(str(column.title))}">'


def _row(
    row: Any,
    columns: Sequence[Column],
    opens: Sequence[str],
    cents: Sequence[bool],
    named: Column | None,
    url_of: Callable[[Any], str],
    pick: bool,
    panel: bool,
) -> str:
    name = escape(str((named.value_of(row) if named else None) or row))
    url = escape(url_of(row))
    return "".join(_parts(row, columns, opens, cents, name, url, pick, " data-panel" if panel else ""))


def _parts(
    row: Any,
    columns: Sequence[Column],
    opens: Sequence[str],
    cents: Sequence[bool],
    name: str,
    url: str,
    pick: bool,
    panel: str,
) -> Iterator[str]:
    yield f'<tr data-row="{row.pk}">'
    if pick:
        yield (
            '<td class="ui-pick-cell"><label><input type="checkbox" class="form-check-input ui-pick" name="ids"'
            f' value="{row.pk}" aria-label="{name}"></label></td>'
        )
    for column, opening, broken in zip(columns, opens, cents, strict=True):
        yield opening
        cell = escaped(column.html(row, cents=broken))
        yield f'<a class="ui-row-link" href="{url}"{panel}>{cell or name}</a>' if column.link and url else cell
        yield "</td>"
    yield "</tr>\n"
