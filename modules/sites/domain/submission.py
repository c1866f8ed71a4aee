"""Verbs of submissions: take what a visitor sent, keep it whatever happens, and see it delivered."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit, outbox
from infra.db import changes
from infra.db.current import portal_schema
from infra.db.gathering import insert_at_once
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, NotFound, RateLimited
from infra.kit.refs import RecordRef
from infra.kit.registry import registry
from infra.outbox.domain.delivering import attempt
from infra.outbox.models import Delivery
from infra.outbox.models.delivery import Status as DeliveryStatus
from modules.sites.contracts import FormSubmitted
from modules.sites.domain import attachments, confirming, live, spam
from modules.sites.domain.access import MANAGE_SUBMISSIONS, ref_of
from modules.sites.domain.arms import ARM
from modules.sites.domain.destination import Destination, person_for
from modules.sites.domain.fields import Answers, Field, check_answers
from modules.sites.domain.form import FormDesign, design_of
from modules.sites.domain.markup import one_line
from modules.sites.domain.search import search_text
from modules.sites.domain.visits import read_visits
from modules.sites.models import Form, Publication, Status, Submission
from modules.sites.models.submission import Proof

#: A page opened before the last publishing may still be sent for a day, under the questions and the consent it showed.
OLD_PAGE_GOOD = timedelta(days=1)
#: Submissions that were marked as delivered while the event that tells of them was being published.
_taken: ContextVar[set[int] | None] = ContextVar("taken", default=None)
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


_DELIVERED = "UPDATE sites_submission SET status = %s, reason = '', lead = %s, event_id = %s WHERE id = %s"
REMEMBERED_SECONDS, MOST_REMEMBERED = 5.0, 2000
_remembered: dict[tuple[str, str, int | None], tuple[float, PublishedForm]] = {}


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What came from a visitor. Of ``values`` only the form's own fields are read (promise 56)."""

    values: Mapping[str, str]
    ip: str
    number: int | None = None
    proof: str = ""
    honeypot: str = ""
    utm: Mapping[str, str] = field(default_factory=dict)
    referrer: str = ""
    page_url: str = ""
    user_agent: str = ""
    arm: str = ""
    visits: str = ""
    trusted: bool = False
    files: Mapping[str, UploadedFile] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What the visitor is told, ``asked`` where they must confirm first. Quarantine looks like success from outside."""

    submission_id: int
    thank_you: str
    redirect_url: str
    asked: bool = False


@dataclass(frozen=True, kw_only=True)
class PublishedForm:
    """A form with the version of its site in which visitors see it, and its design there."""

    form: Form
    publication: Publication
    design: FormDesign


def published_form(public_id: str, number: int | None = None) -> PublishedForm:
    """The form as visitors see it: in version ``number`` if they may still have that page open, else the current one.

    Remembered for some seconds, and dropped when the portal publishes. Raises NotFound when it is not published.
    """
    key = (portal_schema(), public_id, number)
    until, known = _remembered.get(key, (0.0, None))
    if known is not None and until > time.monotonic():
        return known
    found = _read_published(public_id, number)
    if not connection.in_atomic_block:  # what an open transaction sees may never come true
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        _remembered[key] = (time.monotonic() + REMEMBERED_SECONDS, found)
    return found


@changes.on_change
def _forget(schema: str) -> None:
    for key in [key for key in _remembered if schema in (key[0], changes.EVERYTHING)]:
        _remembered.pop(key, None)


def _read_published(public_id: str, number: int | None) -> PublishedForm:
    form = Form.objects.select_related("site__publication").filter(public_id=public_id).first()
    current = form.site.publication if form is not None else None
    if form is None or current is None or public_id not in current.forms:
        raise NotFound
    if number is not None and number != current.number:
        older = Publication.objects.filter(
            site_id=form.site_id,
            number=number,
            replaced_at__gte=timezone.now() - OLD_PAGE_GOOD,
            forms__has_key=public_id,
        ).first()
        current = older or current
    return PublishedForm(form=form, publication=current, design=FormDesign.from_json(current.forms[public_id]))


def submit_form(*, published: PublishedForm, sent: Sent) -> Receipt:
    """Keep what a visitor sent and tell whoever waits for it, in one transaction.

    The second click, or the same proof again, lands on the first submission. When the receiver refuses or breaks, the
    submission stays, marked as not delivered, and is tried again. Raises Invalid (by field key), RateLimited.
    """
    form, design, public_id = published.form, published.design, published.form.public_id
    answers = check_answers(design.fields, sent.values, sent.files)
    ip_hash = spam.hash_ip(sent.ip)
    once = "" if sent.trusted else spam.proof_key(public_id, sent.proof)
    proof = Proof.API if sent.trusted else Proof.WORK if once else Proof.PLAIN
    try:
        verdict = spam.judge(
            form_id=form.pk,
            ip_hash=ip_hash,
            proof=proof,
            honeypot=sent.honeypot,
            answers=answers.listed,
        )
    except RateLimited:
        if (earlier := _earlier(once)) is not None and earlier[1] == answers.listed:
            return _receipt(earlier[0], design)
        raise
    if proof is Proof.PLAIN:
        once = spam.content_key(public_id, ip_hash, answers.listed)
    now = timezone.now()
    submission = Submission(
        form=form,
        form_name=design.name,
        site_name=form.site.name,
        publication_number=published.publication.number,
        title=_title(answers, design),
        answers=answers.listed,
        consents=[
            {"text": item.label, "agreed": bool(answers.values[item.key]), "at": now.isoformat()}
            for item in design.fields
            if item.kind == "consent"
        ],
        utm={name: mark[:200] for name in UTM if (mark := one_line(sent.utm.get(name, "")))},
        referrer=one_line(sent.referrer)[:1000],
        page_url=one_line(sent.page_url)[:1000],
        arm=sent.arm if ARM.fullmatch(sent.arm) else "",
        visits=read_visits(sent.visits),
        ip_hash=ip_hash,
        user_agent=one_line(sent.user_agent)[:300],
        proof=proof,
        status=verdict.status,
        reason=str(verdict.reason)[:300],
        once_key=once or None,
        search_text=search_text(answers.listed),
        created_at=now,
    )
    link = confirming.begin(submission, form, design) if verdict.status is Status.ACCEPTED else ""
    gates.recall()  # the receivers will ask
    try:
        with transaction.atomic():
            insert_at_once(submission)
            if sent.files:
                attachments.keep(submission, [item.key for item in design.fields if answers.has_file(item)], sent.files)
            if link:
                confirming.ask(submission, design, link, language=form.site.language)
            elif submission.status == Status.ACCEPTED:
                deliver(submission, answers, design)
                confirming.thank(submission, design, language=form.site.language)
            live.changed(submission.pk)
    except IntegrityError:
        if (earlier := _earlier(once)) is None:
            raise
        if proof is Proof.WORK and earlier[1] != answers.listed:  # a used proof proves nothing for other answers
            return submit_form(published=published, sent=replace(sent, proof=""))
        return _receipt(earlier[0], design)
    return _receipt(submission.pk, design, asked=bool(link))


def _earlier(once: str) -> tuple[int, list[dict[str, str]]] | None:
    """Id and answers of the submission that used this proof."""
    return Submission.objects.filter(once_key=once).values_list("pk", "answers").first() if once else None


def replay_submission(*, actor: Actor, submission: Submission) -> Submission:
    """Try to deliver a submission now: one that failed, or one that was put aside as suspected spam.

    Does nothing to a delivered one, so a second click makes no second lead. Raises Denied. If the receiver refuses
    again the submission stays as not delivered, with the new reason.
    """
    require_permission(actor, MANAGE_SUBMISSIONS)
    with transaction.atomic():
        locked = Submission.objects.select_for_update().get(pk=submission.pk)
        if locked.status == Status.FORWARDED:
            return locked
        if locked.event_id is None:
            Submission.objects.filter(pk=locked.pk).update(status=Status.ACCEPTED, reason="", confirm_key="")
            deliver_kept(locked)
        else:
            _attempt_again(locked.event_id)
            _settle(locked.pk, locked.event_id)
        audit.record(actor, action="submission.replay", ref=ref_of(locked))
        live.changed(locked.pk)
    locked.refresh_from_db()
    return locked


def confirm_submission(public_id: str, token: str) -> None:
    """The visitor opened the link of the letter: what they sent is delivered.

    Raises NotFound where the link was used, is too old or never was; ReadOnly.
    """
    gates.require_writable()
    with transaction.atomic():
        rows = confirming.waiting(public_id, token).select_related("form__site")
        locked = rows.select_for_update(of=("self",)).first()
        if locked is None:
            raise NotFound
        locked.status, locked.confirm_key, locked.confirmed_at = Status.ACCEPTED, "", timezone.now()
        locked.save(update_fields=["status", "confirm_key", "confirmed_at"])
        deliver_kept(locked)
        live.changed(locked.pk)


def delete_submission(*, actor: Actor, submission: Submission) -> None:
    """Remove what a visitor sent, say on the visitor's demand. Raises Denied, Conflict while it is on its way."""
    require_permission(actor, MANAGE_SUBMISSIONS)
    with transaction.atomic():
        locked = Submission.objects.select_for_update().get(pk=submission.pk)
        if locked.event_id is not None and locked.status != Status.FORWARDED:
            raise Conflict(
                _("This is still being delivered. Wait until it has arrived, then delete it."), code="on_its_way"
            )
        audit.record(actor, action="submission.delete", ref=ref_of(locked))
        attachments.drop(locked)
        locked.delete()


def mark_delivered(*, submission_id: int, event_id: UUID, lead: RecordRef) -> None:
    """The receiver took the submission and made ``lead`` of it; any earlier failure is mended."""
    portal_schema()
    with connection.cursor() as cursor:
        cursor.execute(_DELIVERED, [Status.FORWARDED.value, str(lead), event_id, submission_id])
    if (taken := _taken.get()) is not None:
        taken.add(submission_id)
    live.changed(submission_id)


def deliver(submission: Submission, answers: Answers, design: FormDesign | None) -> None:
    """Tell whoever listens what was sent, inside the caller's transaction; ``design`` says where it goes."""
    destination = design.destination if design is not None else Destination()
    targets = {item.key: item.target for item in design.fields if item.target} if design is not None else {}
    names, phones, emails = answers.of_kind("name"), answers.of_kind("phone"), answers.of_kind("email")
    taken: set[int] = set()
    token = _taken.set(taken)
    published = outbox.publish_and_see(
        FormSubmitted(
            submission_id=submission.pk,
            form_name=submission.form_name,
            site_name=submission.site_name,
            person_name=names[0] if names else "",
            phones=phones,
            emails=emails,
            answers=answers.others,
            utm=submission.utm,
            referrer=submission.referrer,
            page_url=submission.page_url,
            responsible_id=person_for(destination, answers.values, design.responsible_id if design else None),
            destination=destination.kind,
            pipeline_id=destination.pipeline_id,
            join=destination.join,
            values=tuple((targets[key], value) for key, value in answers.values.items() if value and key in targets),
            visits=tuple((moment, path) for moment, path in submission.visits),
            submitted_at=submission.created_at,
        )
    )
    _taken.reset(token)
    if published.done and submission.pk in taken:
        return  # as nearly always: whoever takes it has marked it
    if registry.subscriptions(FormSubmitted.name):
        _settle(submission.pk, published.id)
    else:
        Submission.objects.filter(pk=submission.pk).update(event_id=published.id)


def _settle(submission_id: int, event_id: UUID) -> None:
    """After an attempt: what was not marked as delivered is not delivered, and says why."""
    undelivered = Submission.objects.filter(pk=submission_id).exclude(status=Status.FORWARDED)
    if not undelivered.exists():
        return
    waiting = Delivery.objects.filter(event_id=event_id).exclude(status=DeliveryStatus.DONE).first()
    if waiting is None:  # everyone who listens has it, and nobody makes leads of it
        undelivered.update(event_id=event_id)
    else:
        undelivered.update(event_id=event_id, status=Status.FAILED, reason=waiting.last_error[:300])


def _attempt_again(event_id: UUID) -> None:
    """Run the event's unfinished handlers now, in the open transaction."""
    unfinished = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("event")
        .filter(event_id=event_id)
        .exclude(status=DeliveryStatus.DONE)
        .order_by("pk")
    )
    for delivery in unfinished:
        delivery.attempts = 1  # a person asked: the patience of the outbox starts anew
        attempt(delivery, delivery.event.event())


def deliver_kept(submission: Submission) -> None:
    """Deliver a submission with what is kept of it, inside the caller's transaction."""
    form = submission.form
    deliver(submission, _kept_answers(submission), design_of(form) if form is not None else None)


def _kept_answers(submission: Submission) -> Answers:
    fields = tuple(Field(key=row["key"], kind=row["kind"], label=row["label"]) for row in submission.answers)
    return Answers(fields=fields, values={row["key"]: row["value"] for row in submission.answers})


def _title(answers: Answers, design: FormDesign) -> str:
    for kind in ("name", "email", "phone"):
        if found := answers.of_kind(kind):
            return found[0][:200]
    return design.name


def _receipt(submission_id: int, design: FormDesign, *, asked: bool = False) -> Receipt:
    if asked:
        text = _("One more step: we have sent you a letter. Open the link in it, so that we know the address is yours.")
        return Receipt(submission_id=submission_id, thank_you=text, redirect_url="", asked=True)
    return Receipt(submission_id=submission_id, thank_you=design.thank_you, redirect_url=design.redirect_url)
