"""Work that comes round."""

from infra.jobs import portal_task
from modules.crm.domain.queries import purge_before
from modules.crm.models import Lead

_BATCH = 500


@portal_task(name="crm.purge_trash")
def purge_trash() -> None:
    """Remove leads that lay in the trash for 30 days, some hundred at a time."""
    while True:
        ids = list(Lead.objects.trashed().filter(deleted_at__lt=purge_before()).values_list("pk", flat=True)[:_BATCH])
        if not ids:
            return
        Lead.objects.trashed().filter(pk__in=ids).delete()
