"""What this room tells the house."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import ModuleSpec, Permission, Schedule, Scope, StoredFiles

spec = ModuleSpec(
    slug="ui",
    title=_("Interface"),
    icon="layout",
    description=_("Start page, search, notifications and what each person arranges for themselves."),
    order=1,
    always_on=True,
    portal_urls="infra.ui.urls",
    rest="infra.ui.rest",
    permissions=(
        Permission(
            key="ui.view.manage",
            title=_("Change and remove views of lists that others share"),
            defaults={"owner": Scope.ALL, "administrator": Scope.ALL},
        ),
    ),
    actions={"view.save": _("Shared view saved"), "view.delete": _("Shared view removed")},
    # fetching what one has must stay possible on a full disk
    stored_files=(StoredFiles(key="ui.exports", in_use="infra.ui.lists.background.exports_in_use", counted=False),),
    schedules=(Schedule(key="ui.forget_exports", task="ui.forget_exports", every=timedelta(days=1)),),
    export=("ui.Preference", "ui.SavedView", "ui.Notification"),
    erase="infra.ui.domain.erasure.erase_person",
)
