"""Roles: what a person may do, as a map from permission key to scope."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.current import current_portal
from infra.db.models import Versioned
from infra.kit.registry import registry
from infra.kit.spec import Scope


class Role(Versioned):
    """A named set of rights. Each person has exactly one role.

    ``permissions`` keeps only what differs from the defaults of ``base``, so a module that arrives later
    brings its own defaults to the roles that exist. The owner's rights are never stored and never differ.
    """

    class Base(models.TextChoices):
        OWNER = "owner", _("Owner")
        ADMINISTRATOR = "administrator", _("Administrator")
        EMPLOYEE = "employee", _("Employee")
        GUEST = "guest", _("Guest")

    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100, blank=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    base = models.CharField(_("based on"), max_length=16, choices=Base.choices)
    builtin = models.BooleanField(default=False, editable=False)
    permissions = models.JSONField(default=dict, blank=True)

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(fields=["base"], condition=Q(builtin=True), name="people_role_one_builtin"),
            models.UniqueConstraint(fields=["name"], condition=Q(builtin=False), name="people_role_name"),
            models.CheckConstraint(
                condition=Q(builtin=True) | ~Q(name=""),
                name="people_role_named",
                violation_error_message=_("A role needs a name."),
            ),
            models.CheckConstraint(
                condition=~Q(base="owner") | Q(builtin=True, permissions={}), name="people_role_owner_fixed"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The role's name in the reader's language: built-in roles are translated, own ones kept as typed."""
        return self.name or str(self.Base(self.base).label)

    @property
    def is_guest(self) -> bool:
        """People of this role are guests: they see what is shared with them and take no seat."""
        return self.base == self.Base.GUEST

    def scope(self, permission: str) -> Scope:
        """How far this role may use ``permission``.

        Raises:
            UnknownName: the permission is not in the registry.
        """
        declared = registry.permission(permission)
        if declared.operator_only and not current_portal().is_operator:
            return Scope.NONE
        if self.base != self.Base.OWNER and permission in self.permissions:
            return Scope(self.permissions[permission])
        fallback = max(declared.scopes) if self.base == self.Base.OWNER else Scope.NONE
        return Scope(declared.defaults.get(self.base, fallback))
