"""Comments on leads."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import Invalid
from modules.crm.domain.access import VIEW, require_on
from modules.crm.domain.locking import lock_lead
from modules.crm.domain.telling import tell
from modules.crm.models import Activity, Lead


def comment_lead(*, actor: Actor, lead: Lead, text: str) -> Activity:
    """Put a comment on the lead's timeline; whoever may see the lead may.

    Raises Denied, Invalid, ReadOnly, NotFound.
    """
    gates.require_writable()
    text = text.strip()
    if not text:
        raise Invalid(fields={"text": [_("Write something first.")]})
    if len(text) > 10_000 or "\0" in text:
        raise Invalid(fields={"text": [_("At most %(most)s characters.") % {"most": 10_000}]})
    with transaction.atomic():
        lead = lock_lead(lead.pk, None)
        require_on(actor, VIEW, lead)
        activity = Activity.objects.create(lead=lead, kind=Activity.Kind.COMMENT, author_id=actor.id, text=text)
        tell(lead, "commented", actor)
    return activity
