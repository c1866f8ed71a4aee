"""Forms of this room. They list every field they take; nothing else in a request reaches a verb (promise 27)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.kit.zones import TIME_ZONES
from infra.ui.forms import offer
from tenants.people.domain.queries import department_choices, roles_in_order
from tenants.people.models import Department, Role, SignInPolicy, User

_CHECK = {"class": "form-check-input"}


class AcceptForm(forms.Form):
    """What an invited person says of themselves."""

    first_name = forms.CharField(
        label=_("First name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        help_text=_("At least 10 characters. A few words that only you put together are best."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )


class ProfileForm(forms.Form):
    """What a person's page says."""

    first_name = forms.CharField(label=_("First name"), max_length=100)
    last_name = forms.CharField(label=_("Last name"), max_length=100, required=False)
    job_title = forms.CharField(label=_("Job title"), max_length=150, required=False)
    work_phone = forms.CharField(
        label=_("Work phone"), max_length=32, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    work_phone_extension = forms.CharField(label=_("Extension"), max_length=10, required=False)
    mobile_phone = forms.CharField(
        label=_("Mobile phone"), max_length=32, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    about = forms.CharField(
        label=pgettext_lazy("about oneself", "About"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    @staticmethod
    def of(person: User) -> dict[str, Any]:
        """The form's first values."""
        return {name: getattr(person, name) for name in ProfileForm.base_fields}


class PreferencesForm(forms.Form):
    """One's own language, time zone and theme."""

    locale = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False, help_text=_("Times are shown in this zone."))
    theme = forms.ChoiceField(label=_("Look"), choices=User.Theme.choices, widget=forms.RadioSelect(attrs=_CHECK))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict(settings.LANGUAGES)
        offered = [(code, names[code]) for code in settings.LANGUAGES_OFFERED]
        zones = sorted(zone for zone in TIME_ZONES if "/" in zone and not zone.startswith("Etc/"))
        company = [("", _("As the company has it"))]
        offer(self, "locale", [*company, *offered])
        zone_choices = [(zone, zone.replace("_", " ")) for zone in ["UTC", *zones]]
        offer(self, "time_zone", [*company, *zone_choices])


class PhotoForm(forms.Form):
    """A photo to upload."""

    photo = forms.FileField(
        label=_("Photo"),
        help_text=_("JPEG, PNG, WebP or GIF, up to 10 MB. The middle square is used."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )


class _Placed(forms.Form):
    """A form that chooses a role and a department; each choice is one of those it was given."""

    def __init__(self, *args: Any, roles: list[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._roles = {str(role.pk): role for role in roles}
        self._departments = {str(row.pk): row for row, _title in department_choices()}
        if "role" in self.fields:
            offer(self, "role", [(key, role.title) for key, role in self._roles.items()])
        if "department" in self.fields:
            offer(
                self,
                "department",
                [
                    ("", _("No department")),
                    *((row.pk, title) for row, title in department_choices()),
                ],
            )

    @property
    def chosen_role(self) -> Role:
        """The role that was chosen. Only after `is_valid`."""
        return self._roles[self.cleaned_data["role"]]

    @property
    def chosen_department(self) -> Department | None:
        """The department that was chosen. Only after `is_valid`."""
        return self._departments.get(self.cleaned_data["department"])


class InviteForm(_Placed):
    """Many addresses at once, one role and department for all."""

    emails = forms.CharField(
        label=_("E-mail addresses"),
        max_length=30000,
        help_text=_("Paste as many as you like, separated by spaces, commas or lines."),
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "autocapitalize": "none"}),
    )
    role = forms.ChoiceField(label=_("Role"))
    department = forms.ChoiceField(label=_("Department"), required=False)


class InvitationForm(_Placed):
    """Corrections to one invitation."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    role = forms.ChoiceField(label=_("Role"))
    department = forms.ChoiceField(label=_("Department"), required=False)


class RoleChoiceForm(_Placed):
    """Another role for a person."""

    role = forms.ChoiceField(label=_("Role"))


class DepartmentChoiceForm(_Placed):
    """Another department for a person."""

    department = forms.ChoiceField(label=_("Department"), required=False)


class BulkRoleForm(RoleChoiceForm):
    """Another role for many; the verb refuses what the actor may not give."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        ordinary = [role for role in roles_in_order() if role.base != Role.Base.OWNER]
        super().__init__(*args, roles=ordinary, **kwargs)


class BulkDepartmentForm(DepartmentChoiceForm):
    """Another department for many."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, roles=[], **kwargs)


class _Colleagues(forms.Form):
    """A form that chooses among colleagues."""

    def __init__(self, *args: Any, colleagues: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._colleagues = {str(person.pk): person for person in colleagues}

    def _choices(self) -> list[tuple[str, str]]:
        return [(key, person.display_name) for key, person in self._colleagues.items()]


class HandOverForm(_Colleagues):
    """To whom, and what."""

    to = forms.ChoiceField(label=_("Hand over to"))
    kinds = forms.MultipleChoiceField(label=_("What"), widget=forms.CheckboxSelectMultiple(attrs=_CHECK))

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "to", self._choices())
        offer(self, "kinds", kinds)
        self.fields["kinds"].initial = [key for key, _title in kinds]

    @property
    def chosen(self) -> User:
        """The colleague that was chosen. Only after `is_valid`."""
        return self._colleagues[self.cleaned_data["to"]]


class ForgettingForm(forms.Form):
    """The address of the person, typed."""

    confirmation = forms.CharField(label=_("E-mail of the person"), max_length=254)


class DepartmentForm(_Colleagues):
    """Name and head of a department, and where it stands."""

    name = forms.CharField(label=_("Name"), max_length=150)
    head = forms.ChoiceField(label=_("Head"), required=False)
    parent = forms.ChoiceField(label=_("Part of"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, without: frozenset[int] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(row, title) for row, title in department_choices() if row.pk not in without]
        self._departments = {str(row.pk): row for row, _title in rows}
        offer(self, "head", [("", _("Nobody")), *self._choices()])
        offer(
            self,
            "parent",
            [
                ("", _("The company itself")),
                *((str(row.pk), title) for row, title in rows),
            ],
        )

    @property
    def chosen_head(self) -> User | None:
        """The head that was chosen. Only after `is_valid`."""
        return self._colleagues.get(self.cleaned_data["head"])

    @property
    def chosen_parent(self) -> Department | None:
        """The department above that was chosen. Only after `is_valid`."""
        return self._departments.get(self.cleaned_data["parent"])


class NewRoleForm(forms.Form):
    """A new role."""

    name = forms.CharField(label=_("Name"), max_length=100)
    description = forms.CharField(label=_("Description"), max_length=300, required=False)
    base = forms.ChoiceField(
        label=_("Starts with the rights of"),
        choices=[choice for choice in Role.Base.choices if choice[0] != Role.Base.OWNER],
        initial=Role.Base.EMPLOYEE,
        widget=forms.RadioSelect(attrs=_CHECK),
    )


class SignInPolicyForm(forms.Form):
    """Who must use a second factor."""

    two_factor = forms.ChoiceField(
        label=_("Two-step sign-in"), choices=SignInPolicy.TwoFactor.choices, widget=forms.RadioSelect(attrs=_CHECK)
    )
