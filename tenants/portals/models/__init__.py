"""The shared tables (schema public) about portals."""

from tenants.portals.models.backup import Backup, Erasure
from tenants.portals.models.domain import Domain, DomainClaim, PublicHost
from tenants.portals.models.names import EmailIndex, RetiredName
from tenants.portals.models.portal import Portal
from tenants.portals.models.schema import MigrationState, RecordedMigration, SchemaRelease, SpareSchema

__all__ = [
    "Backup",
    "Domain",
    "DomainClaim",
    "EmailIndex",
    "Erasure",
    "MigrationState",
    "Portal",
    "PublicHost",
    "RecordedMigration",
    "RetiredName",
    "SchemaRelease",
    "SpareSchema",
]
