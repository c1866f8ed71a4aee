"""What a release brings into the catalogue."""

from __future__ import annotations

from billing.domain import addon, catalogue


def install() -> None:
    """Plans and add-ons that are not there yet; what the operator has changed stays."""
    catalogue.install_defaults()
    addon.install_addons()
