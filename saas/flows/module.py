"""Where rooms meet: which flow hears which event."""

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import Mode, ModuleSpec, Subscription

spec = ModuleSpec(
    slug="flows",
    title=_("Flows"),
    icon="arrows-join",
    handles=(
        Subscription(
            event="sites.form_submitted",
            handler="saas.flows.site_form_to_lead.make_lead",
            mode=Mode.INLINE,
        ),
    ),
)
