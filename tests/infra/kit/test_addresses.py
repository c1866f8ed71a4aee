"""Addresses are those that Django gives, whatever was asked before."""

from __future__ import annotations

import pytest
from django.test import override_settings
from django.urls import NoReverseMatch, reverse

from infra.kit.addresses import address


@override_settings(ROOT_URLCONF="saas.urls_portal")
def test_addresses_are_those_that_django_gives() -> None:
    for name, arguments in (
        ("crm:leads", ()),
        ("crm:lead", (7,)),
        ("crm:lead", (10**15,)),
        ("crm:items", (3,)),
        ("crm:item", (3, 12)),
        ("crm:item", (12, 3)),
        ("crm:deal_make", (5, "quote")),
    ):
        assert address(name, *arguments) == reverse(name, args=arguments)
    for _ in range(2):
        with pytest.raises(NoReverseMatch):
            address("crm:nowhere", 1)
