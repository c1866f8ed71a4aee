"""Housekeeping of the REST kit."""

from django.utils import timezone

from infra.api.idempotency import KEPT_FOR
from infra.api.models import GivenAnswer
from infra.jobs import portal_task


@portal_task(name="api.forget_answers")
def forget_answers() -> None:
    """Remove answers to Idempotency-Keys that are no longer honoured."""
    GivenAnswer.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
