"""The client, its time limits, and its errors in the house's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from infra.kit.errors import PortalError, Unavailable

if TYPE_CHECKING:
    import stripe  # five megabytes: a process loads it when it first talks to Stripe

SECONDS = 15
Thing = dict[str, Any]


class PaymentsOff(PortalError):
    """This installation takes no payments by card."""

    code = "payments_off"
    status = 409
    default_message = _("Payments by card are not set up here.")


class StripeAway(Unavailable):
    """Stripe cannot be asked, and nothing was changed."""

    code = "payments_away"
    default_message = _("The payment service does not answer. Nothing was charged; try again in a moment.")


class NoAnswer(StripeAway):
    """No answer came: whether Stripe acted is not known. Ask again with the same key."""

    code = "payments_no_answer"
    default_message = _("The payment service did not answer. We find out what happened; nothing is charged twice.")


class Declined(PortalError):
    """The bank said no. `decline` is its code."""

    code = "payment_declined"
    status = 402
    default_message = _("The payment was declined.")


class Misunderstood(PortalError):
    """Stripe refused the request as it was: gone, changed meanwhile, or a fault of ours. `reason` is its code."""

    code = "payments_misunderstood"
    status = 409
    default_message = _("The payment service refused this. Reload the page and try again.")

    def __init__(self, reason: str, said: str) -> None:
        super().__init__(reason=reason)
        self.reason, self.said = reason, said


class Connection:
    """One account at Stripe. `base` is "" for Stripe itself."""

    def __init__(self, key: str, base: str, webhook_secrets: tuple[str, ...]) -> None:
        import stripe

        self.live = key.startswith(("sk_live_", "rk_live_"))
        self.secrets = webhook_secrets
        self.base = base
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": base} if base else None,
            max_network_retries=0,  # the caller repeats, with the key that it saved
            http_client=stripe.RequestsClient(timeout=SECONDS),
        )
        self._v1 = self._client.v1

    @property
    def origins(self) -> list[str]:
        """Where its pages are: forms that lead to them say so in their policy."""
        return [self.base] if self.base else ["https://checkout.stripe.com", "https://billing.stripe.com"]

    def _ask(self, call: Callable[..., Any], *args: Any) -> Thing:
        """What a reading call answers, as plain data. Raises StripeAway, Misunderstood."""
        import stripe

        try:
            return self._plain(call(*args))
        except (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError) as error:
            raise StripeAway from error
        except stripe.StripeError as error:
            raise self._refusal(error) from error

    def _all(self, listing: Callable[..., Any], given: Thing) -> Iterator[Thing]:
        """Everything that a list holds, page by page. Raises StripeAway, Misunderstood."""
        given = {**given, "limit": 100}
        while True:
            found = self._ask(listing, given)
            yield from found["data"]
            if not found["has_more"]:
                return
            given["starting_after"] = found["data"][-1]["id"]

    def _act(self, key: str, call: Callable[..., Any], *args: Any) -> Thing:
        """What a changing call answers. Raises NoAnswer, StripeAway, Declined, Misunderstood."""
        import stripe

        try:
            return self._plain(call(*args, options={"idempotency_key": key}))
        except stripe.RateLimitError as error:
            raise StripeAway from error
        except (stripe.APIConnectionError, stripe.APIError) as error:
            raise NoAnswer from error
        except stripe.StripeError as error:
            raise self._refusal(error) from error

    @staticmethod
    def _refusal(error: stripe.StripeError) -> PortalError:
        import stripe

        if isinstance(error, stripe.CardError):
            details: Any = error.error
            decline = str(getattr(details, "decline_code", None) or error.code or "")
            return Declined(error.user_message, decline=decline)
        if isinstance(error, stripe.AuthenticationError):
            return PaymentsOff()
        return Misunderstood(str(getattr(error, "code", "") or ""), str(error))

    @staticmethod
    def _plain(answer: Any) -> Thing:
        found: Thing = answer.to_dict()
        return found


def moment(seconds: int | None) -> datetime | None:
    """Unix seconds as a moment, None for none."""
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None


def known(seconds: int) -> datetime:
    """Unix seconds as a moment."""
    return datetime.fromtimestamp(seconds, UTC)


def is_signed(body: bytes, signature: str, secret: str, tolerance: int) -> bool:
    """Whether `signature` is Stripe's own for the raw `body`, and not older than `tolerance` seconds."""
    import stripe

    try:
        return bool(stripe.WebhookSignature.verify_header(body, signature, secret, tolerance))
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False
