"""What is told to the company's payment provider after a payment came another way."""

from __future__ import annotations

from infra.jobs import portal_task


@portal_task(name="crm.close_payment_link")
def close_payment_link(link: str) -> None:
    """Close a link that asks for an amount that is no longer open."""
    from modules.crm.domain.selling.online_payment import close_link_at_stripe  # it needs payments, which enqueue this

    close_link_at_stripe(link)
