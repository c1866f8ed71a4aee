"""A letter written on a card, freely or from a template, and sent again where it has not left."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from infra.kit.errors import Invalid, NotFound
from infra.kit.screens import screen
from infra.ui import panels
from infra.ui.forms import form_errors
from infra.ui.panels import render_panel
from modules.crm.domain.access import access
from modules.crm.domain.activity import access_activity, owner_of
from modules.crm.domain.kinds import Kind
from modules.crm.domain.letter import filled_in, letter_templates, send_letter
from modules.crm.domain.notifying import record_url
from modules.crm.domain.posting import known_addresses, may_be_written_to, send_again
from modules.crm.views.asking import actor_of, optional_number


class LetterForm(forms.Form):
    """A letter to a client."""

    to = forms.EmailField(
        label=pgettext_lazy("a letter", "To"), widget=forms.EmailInput(attrs={"list": "known-addresses"})
    )
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200)
    text = forms.CharField(label=gettext_lazy("Text"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 12}))


def write(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """A letter to one of the record's addresses; `?template=3` begins with a template filled in."""
    actor = actor_of(request)
    if not may_be_written_to(kind):
        raise NotFound
    record = access(actor, kind, record_id)
    addresses, templates = known_addresses(actor, record), list(letter_templates(kind).order_by("name", "pk"))
    initial = {"to": addresses[0] if addresses else ""}
    chosen = optional_number(request.GET.get("template", ""))
    if (template := next((one for one in templates if one.pk == chosen), None)) is not None:
        initial["subject"], initial["text"] = filled_in(actor, template, record)
    form = LetterForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        uploads = request.FILES.getlist("files")
        try:
            send_letter(actor=actor, record=record, uploads=uploads, **form.cleaned_data)
        except Invalid as error:
            form_errors(form, error)
        else:
            told = _("The letter to %(who)s is on its way.") % {"who": form.cleaned_data["to"]}
            return panels.refresh(request, toast=told, fallback=record_url(record))
    context = {
        "record": record,
        "kind": kind,
        "form": form,
        "addresses": addresses,
        "templates": templates,
        "chosen": template,
        "write_url": kind.url("write", record.pk),
    }
    back, status = record_url(record), 422 if form.errors else 200
    return render_panel(request, "crm/write.html", context, back=back, back_text=str(record), status=status)


@screen(None, methods=("POST",))
def again(request: HttpRequest, activity_id: int) -> HttpResponse:
    """The same letter once more."""
    actor = actor_of(request)
    found = access_activity(actor, activity_id)
    send_again(actor=actor, activity=found)
    return panels.refresh(
        request, toast=_("The letter is on its way again."), fallback=record_url(owner_of(actor, found))
    )
