"""A person of the portal: the account, the profile, and what their role lets them do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.models import PortalManager, PortalModel, PortalQuerySet, Versioned
from infra.kit.spec import Scope
from tenants.people.models.department import Department, subtree_ids
from tenants.people.models.role import Role


class UserQuerySet(PortalQuerySet["User"]):
    """Questions about people that every room asks in the same words."""

    def active(self) -> UserQuerySet:
        """People who may sign in."""
        return self.filter(is_active=True)

    def owners(self) -> UserQuerySet:
        """Active owners of the portal."""
        return self.active().filter(role__base=Role.Base.OWNER)

    def employees(self) -> UserQuerySet:
        """Active people who take a seat."""
        return self.active().exclude(role__base=Role.Base.GUEST)

    def guests(self) -> UserQuerySet:
        """Active guests: they take no seat."""
        return self.active().filter(role__base=Role.Base.GUEST)


class UserManager(PortalManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # made at run time
    """Finds people; making them is the verbs' work."""

    def get_by_natural_key(self, email: str | None) -> User:
        """The person who signs in with this address, in any letter case."""
        found: User = self.select_related("role").get(email=normal_email(email or ""))
        return found


def normal_email(email: str) -> str:
    """The one spelling of an address that is stored and compared: trimmed, lower case."""
    return email.strip().lower()


class User(AbstractBaseUser, Versioned):
    """A person in one company's portal; the same person in two portals is two rows.

    Implements ``infra.kit.access.Actor``.
    """

    class Theme(models.TextChoices):
        AUTO = "auto", _("As on this device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("e-mail"), max_length=254)
    first_name = models.CharField(_("first name"), max_length=100)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    photo_key = models.CharField(max_length=100, blank=True, editable=False)
    job_title = models.CharField(_("job title"), max_length=150, blank=True)
    work_phone = models.CharField(_("work phone"), max_length=32, blank=True)
    work_phone_extension = models.CharField(_("extension"), max_length=10, blank=True)
    mobile_phone = models.CharField(_("mobile phone"), max_length=32, blank=True)
    about = models.TextField(_("about"), max_length=2000, blank=True)
    department = models.ForeignKey(
        Department,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="people",
        verbose_name=_("department"),
    )
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="people", verbose_name=_("role"))
    locale = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    theme = models.CharField(_("theme"), max_length=8, choices=Theme.choices, default=Theme.AUTO)
    is_active = models.BooleanField(pgettext_lazy("a person", "active"), default=True)
    last_seen = models.DateTimeField(_("last seen"), null=True, editable=False)
    erased_at = models.DateTimeField(null=True, editable=False)
    search = models.GeneratedField(
        expression=SearchVector("first_name", "last_name", "email", "job_title", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["first_name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=["email"], name="people_user_email"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="people_user_email_lower"),
        ]
        indexes = [
            models.Index(fields=["last_name", "first_name", "id"], name="people_user_by_name"),
            GinIndex(fields=["search"], name="people_user_search"),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._scopes: dict[str, Scope] = {}
        self._department_ids: frozenset[int] | None = None
        self._branch_ids: frozenset[int] | None = None

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """First and last name, or the address while there is no name."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def initials(self) -> str:
        """One or two letters that stand in for a missing photo."""
        return (self.first_name[:1] + self.last_name[:1]).upper() or self.email[:1].upper()

    @property
    def photo_url(self) -> str:
        """Where the small picture is; "" without one. The name in it is random and never reused."""
        return reverse("people:photo", args=[self.photo_key, "small"]) if self.photo_key else ""

    @property
    def large_photo_url(self) -> str:
        """Where the large picture is; "" without one."""
        return reverse("people:photo", args=[self.photo_key, "large"]) if self.photo_key else ""

    @property
    def phone_shown(self) -> str:
        """The number to call first (E.164); "" without one."""
        return self.work_phone or self.mobile_phone

    @property
    def is_owner(self) -> bool:
        """The person owns the portal (a portal may have several owners)."""
        return self.role.base == Role.Base.OWNER

    @property
    def kind(self) -> str:
        """``"guest"`` or ``"employee"``: whether the person takes a seat of the plan."""
        return "guest" if self.role.is_guest else "employee"

    @property
    def tzinfo(self) -> ZoneInfo | None:
        """The person's own zone; None means the portal's."""
        return ZoneInfo(self.time_zone) if self.time_zone else None

    def get_session_auth_hash(self) -> str:
        """Changes with the password and nothing else: sessions are rows, so a new SECRET_KEY ends none (promise 82).

        Django's own is keyed by SECRET_KEY and gives sessions other keys after a rotation, under the feet of requests
        and sockets that still carry the old one.
        """
        return salted_hmac(
            "people.session", self.password, secret=settings.PORTALS_HASH_KEY, algorithm="sha256"
        ).hexdigest()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """None: there is one key, which is never rotated."""
        return iter(())

    def get_full_name(self) -> str:
        """The name that Django's own pages show."""
        return self.display_name

    def get_short_name(self) -> str:
        """What a letter calls the person."""
        return self.first_name or self.display_name

    def scope(self, permission: str) -> Scope:
        """How far the person may use ``permission``: nothing while deactivated.

        Remembered on this instance alone, which lives for one request and one portal.

        Raises:
            UnknownName: the permission is not in the registry.
        """
        if permission not in self._scopes:
            granted = self.role.scope(permission)
            self._scopes[permission] = granted if self.is_active else Scope.NONE
        return self._scopes[permission]

    def department_ids(self) -> frozenset[int]:
        """Ids of the person's own department and of everything under the departments they head."""
        if self._department_ids is None:
            own = frozenset() if self.department_id is None else frozenset({self.department_id})
            heads = set(Department.objects.filter(head=self).values_list("id", flat=True))
            self._department_ids = own | subtree_ids(heads)
        return self._department_ids

    def branch_ids(self) -> frozenset[int]:
        """Those, and ids of everything under the person's own department."""
        if self._branch_ids is None:
            self._branch_ids = subtree_ids(set(self.department_ids()))
        return self._branch_ids

    @property
    def is_staff(self) -> bool:
        """May open the operator console: holds the permission, in the operator's own portal."""
        from infra.db.current import current_portal

        return self.is_active and current_portal().is_operator and self.scope("operator.console.use") > Scope.NONE

    def has_perm(self, perm: str, obj: object | None = None) -> bool:
        """Django admin's question; ``scope`` answers the house's own, and the rows of ``Permission`` are unused."""
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        """Django admin's question, answered as ``has_perm``."""
        return self.is_staff

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        """Save; signing in, which notes its time, is no change that others could collide with."""
        if set(kwargs.get("update_fields") or ()) == {"last_login"}:
            PortalModel.save_base(self, *args, **kwargs)
        else:
            super().save_base(*args, **kwargs)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Load again, and forget remembered rights."""
        self._scopes = {}
        self._department_ids = self._branch_ids = None
        super().refresh_from_db(*args, **kwargs)
