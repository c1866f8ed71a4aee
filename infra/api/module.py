"""What the house learns about the REST kit."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import Limit, ModuleSpec, Permission, Schedule, Scope, SettingsGroup, SettingsPage

spec = ModuleSpec(
    slug="api",
    title=_("REST API"),
    icon="api",
    description=_("Access for programs: tokens, limits and documentation."),
    order=900,
    always_on=True,
    portal_urls="infra.api.urls_settings",
    rest="infra.api.routes",
    permissions=(
        Permission(
            key="api.token.manage",
            title=_("Access tokens for programs"),
            scopes=(Scope.NONE, Scope.OWN, Scope.ALL),
            defaults={"owner": Scope.ALL, "administrator": Scope.ALL, "employee": Scope.OWN, "guest": Scope.NONE},
        ),
    ),
    limits=(
        Limit(
            key="api.per_second",
            title=_("API requests a second"),
            unit="requests",
            refusal=_("The {plan} plan answers {maximum} API requests a second."),
            rate=True,
        ),
        Limit(
            key="api.per_day",
            title=_("API requests a day"),
            unit="requests",
            refusal=_("The {plan} plan answers {maximum} API requests a day."),
            count="infra.api.throttling.used_today",
            rate=True,
        ),
    ),
    actions={
        "token.issue": _("Access token made"),
        "token.revoke": _("Access token ended"),
    },
    settings_pages=(
        SettingsPage(
            key="api.tokens",
            title=_("Access tokens"),
            icon="key",
            url_name="api:tokens",
            permission="api.token.manage",
            note=_("Let other programs work with the portal."),
            group=SettingsGroup.TECHNICAL,
            order=700,
        ),
    ),
    schedules=(Schedule(key="api.forget_answers", task="api.forget_answers", every=timedelta(hours=6)),),
    export=("api.Token",),
    erase="infra.api.tokens.erase_tokens_of",
)
