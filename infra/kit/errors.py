"""Every refusal of the house: a code, an HTTP status, one human sentence and the way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type_uri_prefix = "about:portal/"
Text = str | Promise
_MEMBERS = {"type", "title", "status", "detail", "instance"}


@dataclass(frozen=True, kw_only=True)
class WayOut:
    """What the refused person can do: a sentence, where to click, and who may change the rule.

    `ask_url` takes a POST that asks them in the person's name; who holds the permission `may_change` need not ask.
    """

    text: Text
    url: str = ""
    ask: str = ""
    ask_url: str = ""
    may_change: str = ""


class PortalError(Exception):
    """Base of all typed refusals. Subclasses give the code, the HTTP status and a default sentence."""

    code: str = "error"
    status: int = 400
    default_message: ClassVar[Text] = _("This could not be done.")

    def __init__(
        self,
        message: Text | None = None,
        *,
        code: str | None = None,
        way_out: WayOut | None = None,
        fields: Mapping[str, list[str]] | None = None,
        **extra: Any,
    ) -> None:
        if taken := _MEMBERS & set(extra):
            raise TypeError(f"{sorted(taken)} of a problem document mean something else (RFC 9457, 3.1)")
        self.message: Text = message or self.default_message
        self.code = code or type(self).code
        self.way_out = way_out
        self.fields: Mapping[str, list[str]] = fields or {}
        self.extra: Mapping[str, Any] = extra
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)

    def problem(self) -> dict[str, Any]:
        """The refusal as an RFC 9457 problem document (JSON-ready, texts in the active language)."""
        document: dict[str, Any] = {
            "type": type_uri_prefix + self.code,
            "title": str(self.message),
            "status": self.status,
            "code": self.code,
        }
        if self.fields:
            document["errors"] = {name: [str(text) for text in texts] for name, texts in self.fields.items()}
        if self.way_out is not None:
            document["way_out"] = {
                "text": str(self.way_out.text),
                "url": self.way_out.url,
                "ask": self.way_out.ask,
            }
        document.update({key: str(value) if isinstance(value, Promise) else value for key, value in self.extra.items()})
        return document


class Invalid(PortalError):
    """Input that breaks a rule; `fields` says which one and why."""

    code = "invalid"
    status = 400
    default_message = _("Some fields need your attention.")


class NotFound(PortalError):
    """Not there, or of another portal: the two are never told apart."""

    code = "not_found"
    status = 404
    default_message = _("There is nothing here, or you may not see it.")


class Denied(PortalError):
    """The person's role lacks `permission`."""

    code = "denied"
    status = 403
    default_message = _("Your role does not allow this.")


class FeatureMissing(PortalError):
    """The portal's plan lacks `feature`."""

    code = "feature_missing"
    status = 402
    default_message = _("Your plan does not include this.")


class LimitReached(PortalError):
    """The plan's `limit` is used up; `used` and `maximum` are in the limit's unit."""

    code = "limit_reached"
    status = 402
    default_message = _("The limit of your plan is reached.")


class ReadOnly(PortalError):
    """The portal, or the record, may be read but not changed now."""

    code = "read_only"
    status = 403
    default_message = _("This portal is read-only at the moment.")


class Conflict(PortalError):
    """Somebody else changed the same thing first; nothing was overwritten."""

    code = "conflict"
    status = 409
    default_message = _("Someone changed this in the meantime. Look at their version, then try again.")


class PreconditionFailed(PortalError):
    """The version named in If-Match is not the current one (RFC 9110, 13.1.1)."""

    code = "precondition_failed"
    status = 412
    default_message = _("This was changed in the meantime. Fetch it again, then repeat your change.")


class PreconditionRequired(PortalError):
    """A change came without If-Match (RFC 6585, 3)."""

    code = "precondition_required"
    status = 428
    default_message = _("Send the version you changed in the If-Match header.")


class RateLimited(PortalError):
    """Too many requests; `retry_after` is in seconds."""

    code = "rate_limited"
    status = 429
    default_message = _("Too many requests. Wait a moment, then try again.")


class TooLarge(PortalError):
    """What was sent is larger than the house reads at once; it was not read to its end."""

    code = "too_large"
    status = 413
    default_message = _("This is too much at once. Send it in smaller parts.")


class Unavailable(PortalError):
    """A dependency is down; the same request may work later."""

    code = "unavailable"
    status = 503
    default_message = _("This does not answer at the moment. Try again in a minute.")


class NoPortal(PortalError):
    """Portal data was asked for outside any portal: always a fault of the code."""

    code = "no_portal"
    status = 500
    default_message = _("No portal is entered.")


class UnknownName(LookupError):
    """A permission, feature, limit, slot or event name that no module declares."""
