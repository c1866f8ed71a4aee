"""The switch's own door on the service's host: a token of its own, no session, no portal."""

from django.urls import path

from billing.rating.views import switch

app_name = "switch"
urlpatterns = [
    path("switch/v1/authorize", switch.authorize_call, name="authorize"),
    path("switch/v1/extend", switch.extend_call, name="extend"),
    path("switch/v1/events", switch.event, name="events"),
    path("switch/v1/running", switch.running, name="running"),
    path("switch/v1/records", switch.compare_records, name="records"),
    path("switch/v1/cuts", switch.cuts, name="cuts"),
    path("switch/v1/ha1", switch.ha1, name="ha1"),
    path("switch/v1/registrations", switch.registration, name="registrations"),
]
