"""The permissions of CRM and who has them at first."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from infra.kit.errors import Text
from infra.kit.spec import Permission, Scope

_REACH = (Scope.NONE, Scope.OWN, Scope.DEPARTMENT, Scope.BRANCH, Scope.ALL)
_HEADS = {"owner": Scope.ALL, "administrator": Scope.ALL, "guest": Scope.NONE}


def _rights(kind: str, *titles: Text, seen: Scope = Scope.OWN) -> tuple[Permission, ...]:
    """See, create, change, delete and export records of a kind; employees see as far as `seen`."""
    see, create, change, delete, export = titles
    return (
        Permission(key=f"crm.{kind}.view", title=see, scopes=_REACH, defaults={**_HEADS, "employee": seen}),
        Permission(key=f"crm.{kind}.create", title=create, defaults={**_HEADS, "employee": Scope.ALL}),
        Permission(key=f"crm.{kind}.edit", title=change, scopes=_REACH, defaults={**_HEADS, "employee": Scope.OWN}),
        Permission(key=f"crm.{kind}.delete", title=delete, scopes=_REACH, defaults={**_HEADS, "employee": Scope.NONE}),
        Permission(key=f"crm.{kind}.export", title=export, scopes=_REACH, defaults={**_HEADS, "employee": Scope.NONE}),
    )


PERMISSIONS = (
    *_rights(
        "lead",
        _("See leads"),
        _("Create leads"),
        _("Change leads"),
        _("Delete and restore leads"),
        _("Export leads"),
    ),
    *_rights(
        "deal",
        _("See deals"),
        _("Create deals"),
        _("Change deals"),
        _("Delete and restore deals"),
        _("Export deals"),
    ),
    *_rights(
        "contact",
        _("See contacts"),
        _("Create contacts"),
        _("Change contacts"),
        _("Delete and restore contacts"),
        _("Export contacts"),
    ),
    *_rights(
        "company",
        _("See companies"),
        _("Create companies"),
        _("Change companies"),
        _("Delete and restore companies"),
        _("Export companies"),
    ),
    *_rights(
        "quote",
        _("See quotes"),
        _("Create quotes"),
        _("Change quotes"),
        _("Delete and restore quotes"),
        _("Export quotes"),
    ),
    *_rights(
        "invoice",
        _("See invoices"),
        _("Create invoices"),
        _("Change invoices"),
        _("Delete and restore invoices"),
        _("Export invoices"),
    ),
    *_rights(
        "product",
        _("See products"),
        _("Create products"),
        _("Change products"),
        _("Delete and restore products"),
        _("Export products"),
        seen=Scope.ALL,
    ),
    Permission(
        key="crm.pipeline.manage",
        title=_("Set up pipelines, stages and who gets new leads"),
        defaults={**_HEADS, "employee": Scope.NONE},
    ),
    Permission(
        key="crm.selling.manage",
        title=_("Set up prices, numbers, exchange rates and own companies"),
        defaults={**_HEADS, "employee": Scope.NONE},
    ),
    Permission(
        key="crm.type.manage",
        title=_("Make own objects: kinds of records of the company's own"),
        defaults={**_HEADS, "employee": Scope.NONE},
    ),
    Permission(
        key="crm.field.manage",
        title=_("Set up own fields, cards and who sees which field"),
        defaults={**_HEADS, "employee": Scope.NONE},
    ),
    Permission(
        key="crm.rule.manage",
        title=_("Set up rules, letter templates and kinds of activities"),
        defaults={**_HEADS, "employee": Scope.NONE},
    ),
    Permission(
        key="crm.report.view",
        title=_("See reports, of the records that one may see"),
        defaults={**_HEADS, "employee": Scope.ALL},
    ),
    Permission(
        key="crm.report.manage",
        title=_("Share reports and have them mailed to colleagues"),
        defaults={**_HEADS, "employee": Scope.NONE},
    ),
    Permission(
        key="crm.goal.manage",
        title=_("Enter the plan of sales"),
        defaults={**_HEADS, "employee": Scope.NONE},
    ),
)
