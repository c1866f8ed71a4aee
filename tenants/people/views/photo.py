"""Photos: shown, changed, removed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from infra.adapters.storage import MissingObject
from infra.kit.errors import Invalid, NotFound
from infra.kit.screens import screen
from infra.ui.toasts import toast
from tenants.people.domain.access import person_for
from tenants.people.domain.photo import SIDES, read_photo, remove_photo, set_photo
from tenants.people.forms import PhotoForm
from tenants.people.views.who import me


@screen(None)
def photo(request: HttpRequest, name: str, label: str) -> HttpResponse:
    """The picture, for any person of this portal. Its random name changes with the photo, so browsers keep it."""
    if label not in SIDES:
        raise NotFound
    try:
        content = read_photo(name, label)
    except MissingObject:
        raise NotFound from None
    return HttpResponse(
        content,
        content_type="image/webp",
        headers={"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"},
    )


@screen(None, methods=("POST",))
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Upload a photo, or remove it (`remove`)."""
    actor = me(request)
    person = person_for(actor, pk)
    if "remove" in request.POST:
        remove_photo(actor=actor, person=person)
        toast(request, _("The photo is gone."))
    else:
        form = PhotoForm(request.POST, request.FILES)
        if form.is_valid():
            upload = form.cleaned_data["photo"]
            try:
                set_photo(actor=actor, person=person, upload=upload.file, size=upload.size)
                toast(request, _("The photo is changed."))
            except Invalid as error:
                toast(request, error.fields["photo"][0], "danger")
        else:
            toast(request, _("Choose a picture first."), "danger")
    own = person.id == actor.id
    return HttpResponseRedirect(reverse("people:me") if own else reverse("people:person", args=[pk]))
