"""What a client reaches by a link: a quote or an invoice, its PDF, the answer. No sign-in, no session, no list."""

from django.urls import re_path

from modules.crm.views import client

_LINK = r"(?P<token>[A-Za-z0-9_-]{32})"
urlpatterns = [
    re_path(rf"^{_LINK}/$", client.page, name="client_page"),
    re_path(rf"^{_LINK}/pdf/$", client.pdf, name="client_pdf"),
    re_path(rf"^{_LINK}/answer/$", client.answer, name="client_answer"),
]
