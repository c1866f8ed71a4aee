"""Registration, on the service's host."""

from django.urls import URLPattern, path

from saas.signup import rest
from saas.signup.views import form

urlpatterns: list[URLPattern] = [
    path("signup/", form.signup, name="signup"),
    path("signup/address/", form.address_state, name="signup_address"),
    path("signup/suggestion/", form.suggestion, name="signup_suggestion"),
    path("api/v1/portals", rest.portals, name="api_portals"),
    path("api/v1/portals/challenge", rest.challenge, name="api_portals_challenge"),
]
