"""How far a permission reaches, in words."""

from django.utils.translation import pgettext_lazy

from infra.kit.spec import Scope

SCOPE_TITLES = {
    Scope.NONE: pgettext_lazy("scope", "No"),
    Scope.OWN: pgettext_lazy("scope", "Own"),
    Scope.DEPARTMENT: pgettext_lazy("scope", "Department"),
    Scope.BRANCH: pgettext_lazy("scope", "Department and below"),
    Scope.ALL: pgettext_lazy("scope", "All"),
}
