"""Work that comes round, on the shared tables."""

from django.conf import settings

from infra.jobs import service_task
from tenants.portals.domain.backups import prove_archives
from tenants.portals.domain.custom_domain import recheck_domains
from tenants.portals.domain.erase import erase_due_portals
from tenants.portals.domain.erasures import copy_erasures
from tenants.portals.domain.spares import fill_pool


@service_task(name="portals.fill_pool", queue="long")
def fill_warm_pool() -> None:
    """Keep PORTALS_WARM_POOL schemas ready."""
    fill_pool(size=settings.PORTALS_WARM_POOL)


@service_task(name="portals.erase_due", queue="long")
def erase_due() -> None:
    """Erase portals whose grace is over."""
    erase_due_portals()


@service_task(name="portals.recheck_domains", queue="long")
def recheck() -> None:
    """Ask the DNS for proven domains again."""
    recheck_domains()


@service_task(name="portals.copy_erasures")
def copy_erased() -> None:
    """Keep what was forgotten outside the database too."""
    copy_erasures()


@service_task(name="portals.prove_archives", queue="long")
def prove() -> None:
    """Restore some portals' archives for trial."""
    prove_archives()
