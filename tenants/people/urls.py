"""Addresses of the people's room on a portal's host."""

from django.urls import include, path

from tenants.people.views import me

urlpatterns = [
    path("preferences/", me.preferences, name="account_preferences"),
    path("account/", include("tenants.people.urls_account")),
    path("people/", include(("tenants.people.urls_people", "people"))),
]
