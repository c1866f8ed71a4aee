"""The visitor's word that an address is theirs: asked by letter, given once and in time."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from modules.sites.domain import hosts
from modules.sites.domain.form import FormDesign
from modules.sites.domain.letter import GOOD_FOR, address_hash, may_write_to, new_token, send_letter, token_key
from modules.sites.models import Form, Status, Submission
from modules.sites.models.submission import Proof


def address_in(submission: Submission) -> str:
    """The first e-mail address that was given, "" for none."""
    return next((row["value"] for row in submission.answers if row["kind"] == "email" and row["value"]), "")


def begin(submission: Submission, form: Form, design: FormDesign) -> str:
    """Where the form wants it, hold a new submission back until its address is confirmed; returns the link, else "".

    Nothing is held back where no address was given (then there is nothing to confirm), or a server of
    the company sent it.
    """
    to = address_in(submission)
    if not design.letter.confirm or not to or submission.proof == Proof.API:
        return ""
    submission.status = Status.UNCONFIRMED
    if not may_write_to(to):
        submission.reason = _("No letter was sent: this address has got too many today.")
        return ""
    token, submission.confirm_key = new_token()
    submission.confirm_until = timezone.now() + GOOD_FOR
    submission.letter_hash = address_hash(to)
    return f"{hosts.address_of(form.site)}/_f/{form.public_id}/confirm/{token}"


def ask(submission: Submission, design: FormDesign, link: str, *, language: str) -> None:
    """Send the letter with the link."""
    send_letter(
        design.letter,
        submission,
        address_in(submission),
        link=link,
        language=language,
        responsible_id=design.responsible_id,
    )


def thank(submission: Submission, design: FormDesign, *, language: str) -> None:
    """Send the letter of a form that asks for no confirming, where it has one and the address may get another."""
    to = address_in(submission)
    if not design.letter.text or design.letter.confirm or not to or not may_write_to(to):
        return
    Submission.objects.filter(pk=submission.pk).update(letter_hash=address_hash(to))
    send_letter(design.letter, submission, to, language=language, responsible_id=design.responsible_id)


def waiting(public_id: str, token: str) -> QuerySet[Submission]:
    """The submission that a link of a letter confirms; none where it was used, is too old or never was."""
    return Submission.objects.filter(
        form__public_id=public_id,
        confirm_key=token_key(token),
        status=Status.UNCONFIRMED,
        confirm_until__gt=timezone.now(),
    )
