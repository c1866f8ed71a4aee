"""Files of records."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from infra.kit.screens import screen
from modules.crm.domain.files import access_file, file_url
from modules.crm.views.asking import actor_of


@screen(None)
def file(request: HttpRequest, file_id: int) -> HttpResponse:
    """The file itself, by a link that is good for some minutes."""
    return HttpResponseRedirect(file_url(access_file(actor_of(request), file_id)))
