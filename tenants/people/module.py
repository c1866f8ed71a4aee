"""What the house learns about the people of a portal."""

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import (
    Limit,
    ModuleSpec,
    NavEntry,
    Permission,
    QuickCreate,
    RecordKind,
    Scope,
    SearchSource,
    SettingsGroup,
    SettingsPage,
    StoredFiles,
    Widget,
)
from tenants.people.actions import ACTIONS
from tenants.people.contracts import PersonDeactivated, PersonJoined, PersonReactivated, RightsChanged, RoleCreated

_STAFF = {"owner": Scope.ALL, "administrator": Scope.ALL}
_ALL_BUT_GUESTS = {**_STAFF, "employee": Scope.ALL}

spec = ModuleSpec(
    slug="people",
    title=_("People"),
    icon="users",
    description=_("Everyone in the company: who they are, where they work, what they may do."),
    order=80,
    always_on=True,
    nav=(
        NavEntry(
            key="people.directory",
            title=_("People"),
            icon="users",
            url_name="people:directory",
            order=80,
            permission="people.person.view",
        ),
    ),
    permissions=(
        Permission(key="people.person.view", title=_("See the directory of people"), defaults=_ALL_BUT_GUESTS),
        Permission(key="people.person.invite", title=_("Invite people"), defaults=_STAFF),
        Permission(
            key="people.person.manage",
            title=_("Change people: profile, role, department, access"),
            defaults=_STAFF,
        ),
        Permission(key="people.department.manage", title=_("Change departments and their heads"), defaults=_STAFF),
        Permission(key="people.role.manage", title=_("Change roles and what they may do"), defaults=_STAFF),
        Permission(key="people.sign_in.manage", title=_("Set the rules of signing in"), defaults=_STAFF),
    ),
    limits=(
        Limit(
            key="people.seats",
            title=_("People"),
            unit="people",
            refusal=_("The {plan} plan has {maximum} people, invited ones included."),
            count="tenants.people.domain.queries.seats_taken",
            touched="tenants.people.domain.touched.people_over",
        ),
        Limit(
            key="people.guests",
            title=_("Guests"),
            unit="people",
            refusal=_("The {plan} plan has {maximum} guests, invited ones included."),
            count="tenants.people.domain.queries.guests_taken",
            touched="tenants.people.domain.touched.guests_over",
        ),
    ),
    stored_files=(StoredFiles(key="people.photos", in_use="tenants.people.domain.photo.photos_in_use"),),
    portal_urls="tenants.people.urls",
    rest="tenants.people.rest.routes",
    publishes=(PersonJoined, PersonDeactivated, PersonReactivated, RightsChanged, RoleCreated),
    records=(
        RecordKind(
            kind="person",
            title=_("Person"),
            title_plural=_("People"),
            icon="user",
            resolve="tenants.people.domain.cards.person_card",
        ),
    ),
    searches=(
        SearchSource(
            key="people.people",
            title=_("People"),
            search="tenants.people.domain.cards.search_people",
            permission="people.person.view",
        ),
    ),
    quick_creates=(
        QuickCreate(
            key="people.invite",
            title=_("Invite people"),
            icon="user-plus",
            url_name="people:invite",
            permission="people.person.invite",
        ),
    ),
    widgets=(
        Widget(
            key="people.colleagues",
            title=_("Colleagues"),
            template="people/widgets/colleagues.html",
            context="tenants.people.views.widget.colleagues",
            permission="people.person.view",
            order=60,
        ),
    ),
    settings_pages=(
        SettingsPage(
            key="people.invitations",
            title=_("Invitations"),
            icon="mail",
            url_name="people:invitations",
            permission="people.person.invite",
            note=_("Who was invited, who has not come yet."),
            group=SettingsGroup.PEOPLE,
            order=20,
        ),
        SettingsPage(
            key="people.departments",
            title=_("Departments"),
            icon="sitemap",
            url_name="people:departments",
            permission="people.department.manage",
            note=_("Who works where, and who heads what."),
            group=SettingsGroup.PEOPLE,
            order=30,
        ),
        SettingsPage(
            key="people.roles",
            title=_("Roles and rights"),
            icon="shield-lock",
            url_name="people:roles",
            permission="people.role.manage",
            note=_("What each role may see and do."),
            group=SettingsGroup.PEOPLE,
            order=40,
        ),
        SettingsPage(
            key="people.sign_in",
            title=_("Sign-in rules"),
            icon="lock",
            url_name="people:sign_in_policy",
            permission="people.sign_in.manage",
            note=_("Who must sign in with a second step."),
            group=SettingsGroup.PEOPLE,
            order=50,
        ),
    ),
    actions=ACTIONS,
    seed="tenants.people.seed.seed",
    demo="tenants.people.seed.demo",
    export=(
        "people.Department",
        "people.Role",
        "people.User",
        "people.Invitation",
        "people.SignInPolicy",
        "account.EmailAddress",
    ),
    erase="tenants.people.domain.erasure.erase_person",
)
