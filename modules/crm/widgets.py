"""Form controls of CRM: typed rows of phones, addresses, pickers of records, amounts with a currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from modules.crm.domain.values import ADDRESS_LINES
from modules.crm.models import Address, ContactPoint, Currency


def _list(data: Any, name: str) -> list[str]:
    return data.getlist(name) if isinstance(data, MultiValueDict) else list(data.get(name, []))


class _Rows(forms.Widget):
    """Base of controls that are several inputs with names of their own."""

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return f"{id_}_0" if id_ else ""

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}_given" not in data and name not in data


# Types that are not offered for what is no phone, though programs may give them.
_UNUSUAL = {"email": frozenset({"fax", "mobile"}), "site": frozenset({"fax", "mobile", "mailing"})}


class PointsWidget(_Rows):
    """Phones, e-mails, messengers or sites: a row each, with its type; one empty row to write in."""

    template_name = "crm/widgets/points.html"

    def __init__(self, kind: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.kind = kind

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        words: Any = ContactPoint.Network if self.kind == "messenger" else ContactPoint.Label
        given = [row for row in value or [] if row.get("typed")]
        rows = [*given, {"typed": "", "label": "telegram" if self.kind == "messenger" else "work"}]
        unusual = _UNUSUAL.get(self.kind, frozenset()) - {row.get("label") for row in rows}
        labels = [pair for pair in words.choices if pair[0] not in unusual]
        return {**context, "rows": rows, "labels": labels, "kind": self.kind}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        labels = _list(data, f"{name}_label")
        return [
            {"typed": typed, "label": labels[place] if place < len(labels) else ""}
            for place, typed in enumerate(_list(data, name))
        ]


class AddressesWidget(_Rows):
    """Postal addresses: a block each, with its type."""

    template_name = "crm/widgets/addresses.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        blocks = [*(value or []), {}]
        rows = [{"kind": block.get("kind", ""), "lines": _lines(block)} for block in blocks]
        return {**context, "rows": rows, "kinds": Address.Kind.choices}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        columns = {line: _list(data, f"{name}_{line}") for line in ("kind", *ADDRESS_LINES)}
        many = len(columns["street"])
        return [
            {line: given[place] for line, given in columns.items() if place < len(given) and given[place]}
            for place in range(many)
        ]


def _lines(block: Mapping[str, str]) -> list[dict[str, Any]]:
    meta: Any = Address._meta
    return [
        {"name": line, "title": meta.get_field(line).verbose_name, "value": block.get(line, "")}
        for line in ADDRESS_LINES
    ]


class AddressWidget(_Rows):
    """One address."""

    template_name = "crm/widgets/address.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "lines": _lines(value or {})}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        return {line: given for line in ADDRESS_LINES if (given := data.get(f"{name}_{line}", ""))}


class MoneyWidget(_Rows):
    """An amount with its currency."""

    template_name = "crm/widgets/money.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        given = value or {}
        return {
            **super().get_context(name, value, attrs),
            "amount": given.get("amount", ""),
            "currency": given.get("currency", ""),
            "currencies": Currency.choices,
        }

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        return {"amount": data.get(name, ""), "currency": data.get(f"{name}_currency", "")}


class PickerWidget(_Rows):
    """Records found by typing. `picked` names what is chosen already: value → title. With `posts` each has a post.

    With `near`, the id of a company, what belongs to that company is offered before anything is typed.
    """

    template_name = "crm/widgets/picker.html"

    def __init__(
        self, kinds: Sequence[str], *, multiple: bool = False, prefixed: bool = False, posts: bool = False
    ) -> None:
        super().__init__()
        self.kinds, self.multiple, self.prefixed, self.posts = kinds, multiple, prefixed, posts
        self.picked: dict[str, str] = {}
        self.near: int | None = None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        many = value if isinstance(value, list | tuple) else [value]
        chosen = []
        for one in many:
            row = one if isinstance(one, Mapping) else {"company": one, "post": ""}
            if row["company"] not in (None, ""):
                text = str(row["company"])
                chosen.append({"value": text, "title": self.picked.get(text, text), "post": row.get("post", "")})
        return {
            **super().get_context(name, value, attrs),
            "chosen": chosen,
            "kinds": ",".join(self.kinds),
            "multiple": self.multiple,
            "prefixed": self.prefixed,
            "posts": self.posts,
            "near": self.near,
        }

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        given = [value for value in _list(data, name) if value]
        if self.posts:
            posts = _list(data, f"{name}_post")
            return [
                {"company": value, "post": posts[place] if place < len(posts) else ""}
                for place, value in enumerate(given)
            ]
        return given if self.multiple else (given[0] if given else "")


class RawField(forms.Field):
    """Carries what a control gives as it is: verbs read it."""

    def clean(self, value: Any) -> Any:
        return value
