"""What the house learns about the first steps of a new portal."""

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import ModuleSpec, Widget

spec = ModuleSpec(
    slug="signup",
    title=_("First steps"),
    icon="rocket",
    description=_("The way from registration to the first real result."),
    order=5,
    always_on=True,
    portal_urls="saas.signup.urls_portal",
    widgets=(
        Widget(
            key="signup.checklist",
            title=_("First steps"),
            template="signup/checklist.html",
            context="saas.signup.views.first_steps.checklist_tile",
            permission="people.person.invite",
            order=1,
            wide=True,
        ),
    ),
)
