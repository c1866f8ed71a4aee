"""What the company demands of every sign-in."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from infra.db.models import Versioned


class SignInPolicy(Versioned):
    """One row a portal, made on first use: who must use a second factor."""

    class TwoFactor(models.TextChoices):
        OPTIONAL = "optional", _("Everyone decides for themselves")
        ADMINISTRATORS = "administrators", _("Owners and administrators must use it")
        EVERYONE = "everyone", _("Everyone must use it")

    two_factor = models.CharField(
        _("two-step sign-in"), max_length=16, choices=TwoFactor.choices, default=TwoFactor.OPTIONAL
    )

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("sign-in policy")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="people_policy_single")]

    def __str__(self) -> str:
        return str(self.TwoFactor(self.two_factor).label)
