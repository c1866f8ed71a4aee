"""What this room writes into the audit log, in words for people."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.kit.errors import Text

ACTIONS: Mapping[str, Text] = {
    "people.department.create": _("Department added"),
    "people.department.edit": _("Department changed"),
    "people.department.move": _("Department moved"),
    "people.department.delete": _("Department removed"),
    "people.role.create": _("Role added"),
    "people.role.edit": _("Role changed"),
    "people.role.delete": _("Role removed"),
    "people.invitation.cancel": _("Invitation withdrawn"),
    "people.invitation.change": _("Invitation changed"),
    "people.invitation.resend": _("Invitation sent again"),
    "people.person.invite": _("Person invited"),
    "people.person.join": _("Person joined"),
    "people.person.add": _("Person added"),
    "people.person.edit": _("Profile changed"),
    "people.person.photo": _("Photo changed"),
    "people.person.preferences": _("Preferences changed"),
    "people.person.place": _("Department of a person changed"),
    "people.person.role": _("Role of a person changed"),
    "people.person.deactivate": _("Person deactivated"),
    "people.person.reactivate": _("Person reactivated"),
    "people.person.forget": _("Person forgotten"),
    "people.person.hand_over": _("Records handed over"),
    "people.owner.transfer": _("Ownership handed over"),
    "people.email.change": _("E-mail changed"),
    "people.email.confirm": _("E-mail confirmed"),
    "people.password.set": _("Password set"),
    "people.password.change": _("Password changed"),
    "people.password.reset": pgettext_lazy("what was done", "Password reset"),
    "people.second_factor.add": _("Second step added"),
    "people.second_factor.remove": _("Second step removed"),
    "people.second_factor.renew": _("Recovery codes renewed"),
    "people.second_factor.failed": _("Second step failed"),
    "people.session.end": _("Sessions ended"),
    "people.sign_in.done": _("Signed in"),
    "people.sign_in.end": _("Signed out"),
    "people.sign_in.failed": _("Sign-in failed"),
    "people.sign_in.policy": _("Sign-in rules changed"),
}
