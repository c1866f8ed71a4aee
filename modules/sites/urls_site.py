"""Addresses on the hosts of published sites."""

from django.urls import re_path

from modules.sites.views import public

app_name = "sites_public"
urlpatterns = [
    re_path(r"^_f/(?P<public_id>[0-9a-f]{20})/challenge$", public.challenge, name="challenge"),
    re_path(r"^_f/(?P<public_id>[0-9a-f]{20})$", public.form, name="form"),
    re_path(r"^_f/(?P<public_id>[0-9a-f]{20})/confirm/(?P<token>[A-Za-z0-9_-]{32})$", public.confirm, name="confirm"),
    re_path(r"^_p$", public.prices, name="prices"),
    re_path(r"^_v$", public.seen, name="seen"),
    re_path(r"^.*$", public.page, name="page"),
]
